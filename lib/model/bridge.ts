import type { Line } from "./shell.ts";
import { quote, sh } from "./shell.ts";

/** What can speak to a unix socket on a host, the best first; bash itself cannot. Every Debian has the first one. */
export const bridgePrograms = ["perl", "python3"] as const;

/*
 * Both join their input and output to a socket, until that ends. The end of the input is not passed on: servers that see a
 * half of the connection end take it for a client that has gone. With a second word they only connect; why not, they say.
 */

const perl = `socket(S,PF_UNIX,SOCK_STREAM,0)&&connect(S,pack_sockaddr_un($ARGV[0]))or print("$!"),exit 1;exit 0 if@ARGV>1;
sub pass{my($from,$to)=@_;while(sysread($from,my$b,65536)){while(length$b){my$n=syswrite($to,$b)or exit 1;substr($b,0,$n)=""}}}
defined(my$p=fork)or exit 1;$p or pass(*STDIN,*S),exit 0;pass(*S,*STDOUT);kill"TERM",$p`;

const python = `import os,socket,sys,threading
s=socket.socket(socket.AF_UNIX)
try: s.connect(sys.argv[1])
except OSError as e: sys.exit(print(e.strerror,end="") or 1)
if len(sys.argv)>2: sys.exit(0)
def up():
  try:
    while b:=os.read(0,65536): s.sendall(b)
  except OSError: pass
threading.Thread(target=up,daemon=True).start()
try:
  while b:=s.recv(65536):
    while b: b=b[os.write(1,b):]
except OSError: pass
os._exit(0)`;

/** A command that speaks to a socket: `connect` only tries whether it may; else it joins both. */
export function bridgeLine(programs: readonly string[], path: string, what: "connect" | "join"): Line {
  const words = what === "connect" ? [path, "connect"] : [path];
  return programs.includes("perl") || !programs.includes("python3")
    ? sh`perl -MSocket -e ${{ raw: quote(perl), shown: "…" }} ${words}`
    : sh`python3 -c ${{ raw: quote(python), shown: "…" }} ${words}`;
}

/**
 * The same for a port, by bash itself: ssh would lead there, too, but not where `AllowTcpForwarding no` or `PermitOpen` stands in
 * the host's sshd_config. The end of the input means that nobody listens any more. A server that takes no more may still have
 * its answer on the way.
 */
export function portBridgeLine(port: number): Line {
  return sh`exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1; exec 4<&0; cat <&3 4<&- & exec >/dev/null 2>&1; cat <&4 >&3 & trap 'kill %1 %2' EXIT; wait $! && kill %1; wait %1`;
}
