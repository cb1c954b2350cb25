# For the peers' own steps: until PORT answers 200, every 30 ms for at most 30 s.
end=$((SECONDS + 30))
until curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$1/healthz" 2>/dev/null; do
  [ $SECONDS -lt $end ] || exit 1
  sleep 0.03
done
