# For the peers' own steps: until no worker of before the reload is left, for at most 30 s.
end=$((SECONDS + 30))
sleep 0.1
while pgrep -f '^nginx: worker process is shutting down' >/dev/null && [ $SECONDS -lt $end ]; do sleep 0.03; done
