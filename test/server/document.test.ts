// Whoever goes by the document gets what it says: its bounds are those of the routes, and answers have its shapes.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { openServer, type TestServer } from './open-server.ts';

let server: TestServer;
// biome-ignore lint/suspicious/noExplicitAny: a document of every shape.
let document: any;

beforeAll(async () => {
  server = await openServer();
  for (const { seed } of domains) await seed?.(server.store, { size: 12, seed: 7 });
  document = (await server.get('/api/openapi.json', { as: null })).json;
});
afterAll(() => server[Symbol.asyncDispose]());

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { type?: string; minimum?: number; maximum?: number; default?: unknown };
}

/** What a read with nothing but a query takes. */
const lists = (): [string, Parameter[]][] =>
  Object.entries<{ get?: { parameters?: Parameter[] } }>(document.paths)
    .filter(([path, { get }]) => get !== undefined && !path.includes('{') && !path.endsWith('/events'))
    .map(([path, { get }]) => [path, get!.parameters ?? []]);

test('numbers and flags of queries are numbers and booleans, with the bounds that are kept', async () => {
  let looked = 0;
  for (const [path, parameters] of lists()) {
    const refusal = (name: string) => expect.stringMatching(new RegExp(`query\\.${name}: `));
    for (const { name, schema } of parameters) {
      const told = async (value: unknown) => {
        const { json } = await server.get(`${path}?${name}=${value}`);
        const issues: { path: string; message: string }[] = json?.error?.details?.issues ?? [];
        return issues.map((issue) => `${issue.path}: ${issue.message}`);
      };
      if (['limit', 'log', 'max_points'].includes(name)) expect(schema.type, path).toBe('integer');
      if (schema.type === 'integer') {
        const { minimum, maximum } = schema;
        for (const value of [minimum, maximum]) expect(await told(value)).not.toContainEqual(refusal(name));
        for (const value of [minimum! - 1, maximum! + 1, 1.5, 'x', ''])
          expect(await told(value), `${path} ${name}=${value}`).toContainEqual(refusal(name));
      } else if (schema.type === 'boolean') {
        for (const value of [true, false]) expect(await told(value)).not.toContainEqual(refusal(name));
        expect(await told('maybe')).toContainEqual(refusal(name));
      } else continue;
      looked++;
    }
  }
  expect(looked).toBeGreaterThan(50);
  const { parameters } = document.paths['/api/v1/resources/proxmox.vm'].get;
  expect(parameters.find((each: Parameter) => each.name === 'limit').schema).toEqual({
    ...{ type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
  });
});

/** A schema of the document as one that reads. */
const reader = (schema: unknown): z.ZodType => {
  const all = JSON.stringify({ ...(schema as object), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(all.replaceAll('#/components/schemas/', '#/$defs/')));
};

const answerOf = (path: string, method = 'get', status = 200): unknown =>
  document.paths[path][method].responses[status].content['application/json'].schema;

test('records, sources and history are answered in the shapes of the document', async () => {
  const list = '/api/v1/resources/proxmox.vm';
  const page = (await server.get(`${list}?limit=2&present=true&total=true`)).json;
  expect(Object.keys((answerOf(list) as { properties: object }).properties)).toEqual(
    expect.arrayContaining(['items', 'next', 'total', 'asOf', 'gaps']),
  );
  const one = (await server.get(`${list}/${encodeURIComponent(page.items[0].id)}`)).json;
  const answers: [string, unknown][] = [
    [list, page],
    [`${list}/{id}`, one],
    ['/api/v1/sources', (await server.get('/api/v1/sources')).json],
    ['/api/v1/history', (await server.get('/api/v1/history?limit=5')).json],
  ];
  for (const [path, answer] of answers)
    expect(reader(answerOf(path)).safeParse(answer), path).toMatchObject({ success: true });
  expect(page).toMatchObject({ total: expect.any(Number), items: [{}, {}] });
  const wrong = { ...page, items: [{ ...page.items[0], vmid: 'x' }] };
  expect(reader(answerOf(list)).safeParse(wrong).success).toBe(false);
});

test('what the document asks of a new record makes one, and what it says of a change changes it', async () => {
  const path = '/api/v1/resources/shelly.template';
  const { $ref } = document.paths[path].post.requestBody.content['application/json'].schema;
  const { required } = document.components.schemas[$ref.split('/').at(-1)];
  expect(required).toEqual(['id', 'name', 'config']);
  const values = { id: '00000000-0000-7000-8000-0000000000aa', name: 'lamp', config: {} };
  const made = await server.post(path, values);
  expect(made.status).toBe(201);
  expect(reader(answerOf(path, 'post', 201)).safeParse(made.json).success).toBe(true);
  const change = document.paths[`${path}/{id}`].patch.requestBody.content['application/json'].schema;
  const sent = { name: 'light' };
  expect(reader(change).safeParse(sent).success).toBe(true);
  expect(reader(change).safeParse(values).success).toBe(false);
  const headers = { 'if-match': made.headers.get('etag')! };
  const at = `${path}/${encodeURIComponent(made.json.id)}`;
  expect((await server.ask('PATCH', at, { body: sent, headers })).json).toMatchObject(sent);
});
