import { isIPv6 } from "node:net";
import { show } from "./path.ts";

/** A host as ssh takes it: without the brackets that other programs want around an IPv6 address. */
export function sshName(name: string): string {
  const [, user = "", address = ""] = /^([^@]*@)?\[([^\]]+)\]$/.exec(name) ?? [];
  return isIPv6(address) ? `${user}${address}` : name;
}

/** What is wrong with a host's name: it goes into ssh's arguments, and into the names of files here. */
export function hostNameProblem(name: string): string | undefined {
  if (name.startsWith("-")) return `${show(name)} starts with -, which ssh reads as a flag`;
  const [user, address] = partsOf(name);
  if (isIPv6(address) && /^[\w.+-]*$/.test(user) && /^[\w.:%-]+$/.test(address)) return undefined;
  return (
    portProblem(name) ??
    (/^[\w.:@*?+-]+$/.test(name)
      ? undefined
      : `${show(name)} may contain only letters, digits and . _ - + : @, or * and ? as a glob`)
  );
}

/** Does it name more than what could be a word of the ssh_config: a domain, an address, a user? */
export function isAddress(name: string): boolean {
  return /[.:@]/.test(name);
}

function partsOf(name: string): readonly [user: string, address: string] {
  const at = name.lastIndexOf("@");
  return [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
}

/** As one writes it in a URL; ssh would look for a host of that name. */
function portProblem(name: string): string | undefined {
  const url = /^(?:ssh:\/\/)?((?:[^@/]*@)?(?:\[[^\]]+\]|[^:/@]+)):(\d{1,5})\/?$/.exec(name);
  const [, host, port] = url ?? [];
  if (host === undefined || port === undefined) return undefined;
  const [, address] = partsOf(sshName(host));
  return `${show(name)} contains a port. Write ${show(sshName(host))} and set the port in the ssh_config (Host ${address}, Port ${port}), or for all hosts with sshFlags: ["-p", "${port}"]`;
}
