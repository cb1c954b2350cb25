import type { Layout } from "../../lib/index.ts";

/** Where nginx finds the page inside the site; a visitor who asks for it is told that there is none. */
const place = "/bgdeploy-maintenance";

/**
 * The lines in the `server` of a site that let `bgdeploy maintenance` close it: a page that is there is the answer to
 * every request, static files too.
 *
 * 599 is a status that no app sends: with 503 the page would also stand in for an app's own 503. A redirect to a path
 * makes a GET of every method, which a named location would not, and passes the `if` again: hence the `break`.
 */
export function maintenanceText({ destination, maintenance }: Layout): string {
  const file = maintenance.slice(destination.length);
  return `    # \`bgdeploy maintenance\` closes the site by a file.
    # With a cache, files that come and go would go unseen for seconds.
    open_file_cache off;
    error_page 599 =503 ${place};
    if ($uri = ${place}) {
        break;
    }
    if (-f ${maintenance}) {
        return 599;
    }
    location = ${place} {
        internal;
        root ${destination};
        disable_symlinks on from=$document_root;
        try_files ${file} =503;
        default_type text/html;
        charset utf-8;
        client_max_body_size 0;
        add_header Cache-Control no-store always;
        add_header Retry-After 300 always;
    }
`;
}

/** The page that visitors of a closed site see; whatever the message holds is shown as text. */
export function maintenancePageText(message: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>Down for maintenance</title>
    <style>
      :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
      body { display: grid; min-height: 90vh; place-items: center; margin: 0 1.5rem; }
      main { max-width: 36rem; }
      p { white-space: pre-line; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <main>
      <h1>Down for maintenance</h1>
      <p>${escapeHtml(message)}</p>
    </main>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
