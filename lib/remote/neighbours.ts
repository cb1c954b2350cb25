import type { Layout } from "../model/layout.ts";
import type { Neighbour } from "../model/neighbour.ts";
import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";

/**
 * The units of other apps: `app UNIT`, with the ports where the unit tells them. Others write them: each is read to so many bytes. Only for one that does not, the file that nginx
 * includes is opened. It belongs to other users: it has an end in time and in size, and no more than a port is taken from it.
 */
export function neighbours({ unit, destination }: Layout): Line {
  return sh`for bg_unit in /etc/systemd/system/*@.service; do
  [ "$bg_unit" != ${unit} ] && [ -f "$bg_unit" ] && [ -r "$bg_unit" ] || continue
  IFS= read -r -N 65536 bg_line <"$bg_unit"; mapfile -t bg_text <<<"$bg_line"; bg_at=; bg_found=; bg_ports=
  for bg_line in "\${bg_text[@]}"; do case $bg_line in
    WorkingDirectory=/*/versions/current-%i|WorkingDirectory=/*/versions/current-%i/) bg_at=\${bg_line#*=}; bg_at=\${bg_at%/versions/*} ;;
    "[X-Bgdeploy]") bg_found=yes ;;
    Ports=*) [ -z "$bg_found" ] || bg_ports=$bg_line ;;
  esac; done
  # Of a copy of our own unit, under another name, the ports are ours.
  [ -n "$bg_at$bg_ports" ] && [ "$bg_at" != ${destination} ] || continue
  bg_name=\${bg_unit##*/}; bg_say "app $bg_name $bg_ports"
  [ -z "$bg_ports" ] || continue
  for bg_file in /etc/bgdeploy/"\${bg_name%@.service}"/backend.conf "$bg_at"/backend.conf "$bg_at"/backends.conf; do
    [ -f "$bg_file" ] && [ -r "$bg_file" ] || continue
    bg_line=$(exec timeout 1 head -c 200 -- "$bg_file"); [[ $bg_line =~ (^|$'\\n')"server 127.0.0.1:"([0-9]+)";" ]] && bg_say "live \${BASH_REMATCH[2]}"; break
  done
done`;
}

export function parseNeighbours(lines: readonly string[]): readonly Neighbour[] {
  return lines.flatMap((line, index) => {
    const [, name, ports] = /^app (\S+)@\.service (?:Ports=([\d ]*))?$/.exec(line) ?? [];
    const live = /^live (\d+)$/.exec(lines[index + 1] ?? "")?.[1];
    return name === undefined ? [] : [{ name, ports: numbers(ports), live: numbers(live)?.[0] }];
  });
}

/** After `listeners`, the ports of `suggested` that anybody listens on, as /proc has them: 0x1F40 to 0x22FF. */
export const busyPorts = rawLine(`for bg_line in "\${bg_text[@]}"; do
  case $bg_line in *:1F[4-9A-F]?" "*":0000 0A "*|*:2[0-2]??" "*":0000 0A "*) bg_line=\${bg_line#*:*:}; bg_say "\${bg_line%% *}" ;; esac
done`);

export function parseBusyPorts(lines: readonly string[]): readonly number[] {
  return [...new Set(lines.map((line) => Number.parseInt(line, 16)))];
}

function numbers(text: string | undefined): readonly number[] | undefined {
  return text?.split(" ").filter(Boolean).map(Number);
}
