// The routes as a page: plain HTML, no script, nothing from elsewhere.

import type { openApiOf } from './openapi.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2rem;border-bottom:1px solid #8886}code,pre{font:13px/1.4 ui-monospace,monospace}details{margin:.3rem 0}
summary code{font-weight:600}pre{overflow:auto;background:#8881;padding:.6rem}`;

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: unknown;
  readonly responses: unknown;
}

export function docsPage({ info, paths }: ReturnType<typeof openApiOf>): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      ...operation,
    })),
  );
  const sections = [...Map.groupBy(all, ({ tags }) => tags[0]!)].map(([tag, operations]) => {
    const each = operations.map(({ method, path, summary, parameters = [], requestBody, responses }) => {
      const given = parameters.map((one) => `${one.name}${one.required ? '' : '?'} (${one.in})`).join(', ');
      const parts = [
        ...(given === '' ? [] : [`<p>${escaped(given)}</p>`]),
        ...(requestBody === undefined ? [] : [`<pre>${escaped(JSON.stringify(requestBody, null, 1))}</pre>`]),
        `<pre>${escaped(JSON.stringify(responses, null, 1))}</pre>`,
      ];
      return `<details><summary><code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(summary)}</summary>${parts.join('')}</details>`;
    });
    return `<h2>${escaped(tag)}</h2>${each.join('\n')}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(info.title)} API</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>
<h1>${escaped(info.title)} API ${escaped(info.version)}</h1><p>${escaped(info.description)} <a href="/api/openapi.json">openapi.json</a></p>
${sections.join('\n')}</body></html>`;
}
