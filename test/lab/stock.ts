import { appendFile, rm, symlink } from "node:fs/promises";
import { mustRun } from "./command.ts";
import { type Machine } from "./record.ts";

/** Gives a machine's disk what a server has that was in use before bgdeploy came: sites of others, and more in /etc/hosts. */
export async function furnish(root: string, { name, address }: Machine): Promise<void> {
  const nginx = `${root}/etc/nginx`;
  // Debian's own page, as its package enables it: it is the default server of port 80.
  await rm(`${nginx}/sites-enabled/default`, { force: true });
  await symlink("/etc/nginx/sites-available/default", `${nginx}/sites-enabled/default`);

  await publish(`${nginx}/sites-available/wiki`, wikiSite);
  await symlink("/etc/nginx/sites-available/wiki", `${nginx}/sites-enabled/wiki`);
  await publish(`${root}/var/www/wiki/index.html`, "the wiki\n");

  await appendFile(`${root}/etc/hosts`, hostsNoise(name, address));
}

/** Readable by all users of the host, with the directories above, whatever the umask here. */
async function publish(file: string, text: string): Promise<void> {
  const script = 'umask 022; mkdir -p "$(dirname "$0")" && cat > "$0"';
  await mustRun(["sh", "-c", script, file], text);
}

const wikiSite = `server {
	listen 80;
	listen [::]:80;
	server_name wiki.example www.wiki.example;
	root /var/www/wiki;
	access_log /var/log/nginx/wiki.log;
	location / {
		try_files $uri $uri/ =404;
	}
}
`;

function hostsNoise(name: string, address: string): string {
  return `# Your system has configured 'manage_etc_hosts' as True.
# As a result, if you wish for changes to this file to persist
# then you will need to either
# a.) make changes to the master file in /etc/cloud/templates/hosts.debian.tmpl
127.0.1.1 ${name}.example.com ${name}
${address}\t${name}.internal\t# added by hand
::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
0.0.0.0 ads.example.net
`;
}
