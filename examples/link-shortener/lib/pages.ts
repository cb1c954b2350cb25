import type { Asset } from "./assets.ts";
import type { Settings } from "./settings.ts";

/** The app's HTML, each page as a whole document. */
export interface Pages {
  home(): string;
  created(link: string, url: string): string;
  failed(sentence: string): string;
}

export function makePages({ variant, version }: Settings, assets: ReadonlyMap<string, Asset>): Pages {
  const paths = Object.fromEntries([...assets].map(([path, { name }]) => [name, path]));
  const layout = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="${paths["icon.svg"]}">
<link rel="stylesheet" href="${paths["style.css"]}">
<script src="${paths["script.js"]}" defer></script>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
<footer><span class="dot ${escape(variant)}"></span>${escape(variant)} · ${escape(version)}</footer>
</body>
</html>
`;

  return {
    home: () => layout("Shorten a link", form),
    created: (link, url) =>
      layout(
        "Here is your link",
        `<p class="link"><a href="${escape(link)}">${escape(link)}</a> <button data-copy="${escape(link)}" hidden>Copy</button></p>
<p class="to">leads to ${escape(url)}</p>
<p><a href="/">Shorten another</a></p>`,
      ),
    failed: (sentence) =>
      layout("That did not work", `<p>${escape(sentence)}</p>\n<p><a href="/">Shorten a link</a></p>`),
  };
}

const form = `<form method="post" action="/links">
<input type="url" name="url" aria-label="The address to shorten" placeholder="https://example.com/a/long/address" required autofocus>
<button>Shorten</button>
</form>`;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
