// The document of the API is valid and true: what it says is answered, and whatever else is sent is refused by name.

import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { pathOf } from '../../packages/server/src/http/register-route.ts';
import { routes } from '../../packages/server/src/http/routes.ts';
import { openServer, type TestServer } from './open-server.ts';

let server: TestServer;
/** Requests for each route; the full size is set by HOLDFAST_FUZZ. */
const runs = Number(process.env['HOLDFAST_FUZZ'] ?? 12);
// biome-ignore lint/suspicious/noExplicitAny: JSON Schema of every shape.
type Schema = any;

beforeAll(async () => {
  server = await openServer();
  for (const { seed } of domains) await seed?.(server.store, { size: 12, seed: 7 });
});
afterAll(() => server[Symbol.asyncDispose]());

test('the document is OpenAPI 3.1, has every route, and a schema for every resource', async () => {
  const { json } = await server.get('/api/openapi.json', { as: null });
  const checked = await new Validator().validate(structuredClone(json));
  expect(checked).toMatchObject({ valid: true });
  for (const route of routes) {
    const path = pathOf(route).replaceAll(/:(\w+)/g, '{$1}');
    expect(json.paths[path]?.[route.method.toLowerCase()], `${route.method} ${path}`).toBeDefined();
  }
  const ids = Object.values<object>(json.paths).flatMap((methods) =>
    Object.values<{ operationId: string }>(methods as never).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(json.components.schemas['proxmox.vm'].properties.status.enum).toContain('running');
  expect(json.paths['/api/v1/resources/proxmox.vm/{id}'].patch).toBeUndefined();
  expect(json.paths['/api/v1/resources/shelly.template/{id}'].patch).toBeDefined();
  expect((await server.get('/api/docs', { as: null })).text).toContain('POST /api/v1/restore');
});

/** Values that fit a schema now and then, and often do not. */
function someValue(schema: Schema): fc.Arbitrary<unknown> {
  const nonsense = fc.oneof(
    fc.constant(null),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant([]),
    fc.constant({ a: 1 }),
    fc.string({ unit: 'binary' }),
  );
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema?.const !== undefined) return fc.constant(schema.const);
    if (schema?.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema?.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(someValue));
    switch (schema?.type) {
      case 'string':
        return fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...words));
      case 'integer':
      case 'number':
        return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(someValue(schema.items ?? {}), { maxLength: 3 });
      case 'object':
        return fc.record(
          Object.fromEntries(
            Object.entries<Schema>(schema.properties ?? {}).map(([name, inner]) => [name, someValue(inner)]),
          ),
          { requiredKeys: (schema.required ?? []) as never[] },
        );
      default:
        return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
    }
  };
  return fc.oneof({ weight: 6, arbitrary: fitting() }, { weight: 1, arbitrary: nonsense });
}

const words = [
  ...[
    'proxmox.vm',
    'shelly.template',
    'shelly.device',
    'dns',
    'seed-proxmox/100',
    'seed-proxmox',
    'status=running',
    'name:desc',
  ],
  ...[
    '-1d',
    'now',
    '2026-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '00000000-0000-7000-8000-000000000001',
    '0',
    '-1',
    '1e9',
  ],
  ...[
    '../../etc/passwd',
    '%00',
    '\u0000',
    '\ud800',
    "'; DROP TABLE x; --",
    '{{7*7}}',
    '[secret]',
    'a'.repeat(3_000),
    '💥',
  ],
];

const segment = (text: string): string => encodeURIComponent(text.toWellFormed());

test('whatever is sent, nothing breaks and no inside shows', async () => {
  const { paths } = (await server.get('/api/openapi.json', { as: null })).json;
  // These end what the test asks with, ask systems elsewhere, or are work of minutes.
  const left =
    /^(DELETE \/api\/v1\/session|PUT \/api\/v1\/session\/password|POST \/api\/v1\/(backups|doctor|db\/check|sources\/(test|\{name\}\/test)).*|GET \/api\/v1\/events)$/;
  const broken: string[] = [];
  for (const [path, methods] of Object.entries<Record<string, Schema>>(paths)) {
    if (/\/resources\/[a-z]+\./.test(path)) continue;
    for (const [method, operation] of Object.entries(methods)) {
      const verb = method.toUpperCase();
      if (left.test(`${verb} ${path}`)) continue;
      const parameters = (operation.parameters ?? []) as {
        name: string;
        in: string;
        required: boolean;
        schema: Schema;
      }[];
      const inside = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      const queries = Object.fromEntries(
        parameters.filter((each) => each.in === 'query').map(({ name, schema }) => [name, someValue(schema)]),
      );
      const content = operation.requestBody?.content;
      const bytes = content?.['application/octet-stream'] !== undefined;
      const body = content?.['application/json']?.schema;
      const request = fc.record({
        place: fc.tuple(...inside.map(() => fc.oneof(fc.constantFrom(...words), fc.string()))),
        query: fc.record(queries, { requiredKeys: [] }),
        body: body === undefined ? fc.constant(undefined) : someValue(body),
        match: fc.constantFrom('*', '"x"', undefined),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ place, query, body: sent, match }) => {
          let at = path;
          for (const [index, name] of inside.entries())
            at = at.replace(`{${name}}`, segment(String(place[index])) || '%20');
          const text = Object.entries(query)
            .map(([name, value]) => `${name}=${segment(String(value))}`)
            .join('&');
          const answer = await server.ask(verb, text === '' ? at : `${at}?${text}`, {
            ...(bytes ? { body: text } : {}),
            ...(sent === undefined ? {} : { body: JSON.stringify(sent).toWellFormed() }),
            headers: {
              ...(match === undefined ? {} : { 'if-match': match }),
              ...(bytes ? { 'content-type': 'application/octet-stream' } : {}),
            },
          });
          const told = `${verb} ${at}?${text} ${JSON.stringify(sent)?.slice(0, 300)}: ${answer.status} ${answer.text.slice(0, 300)}`;
          if (answer.status >= 500 || /\bat .*\.ts:\d+/.test(answer.text)) broken.push(told);
          if (answer.status >= 400 && answer.json?.error?.code === undefined) broken.push(told);
        }),
        { numRuns: runs },
      );
    }
  }
  expect(broken.slice(0, 12)).toEqual([]);
});
