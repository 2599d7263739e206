// The API as OpenAPI 3.1, made from the routes and the declarations: nothing is written twice.

import { version } from '@holdfast/core';
import type { z } from 'zod';
import { resources } from '../cli/domains.ts';
import { eventsQuery } from './events/event-routes.ts';
import { inputSchema, type JsonSchema, newSchema, recordSchema, schemaOf } from './json-schema.ts';
import { pathOf } from './register-route.ts';
import type { Route } from './route.ts';

type Operation = Record<string, unknown>;

const errorAnswer = {
  description: 'A failure',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

const parametersOf = (path: string, query: z.ZodType | undefined): unknown[] => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  if (query === undefined) return inPath;
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
  }));
  return [...inPath, ...inQuery];
};

const bytesContent = { 'application/octet-stream': {} };

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

function operationOf(route: Route, path: string): Operation {
  const { method, summary, role, query, body, answer, status = 200, bytes } = route;
  const parameters = parametersOf(path, query);
  const content =
    status === 204
      ? {}
      : path === '/metrics'
        ? { content: { 'text/plain': { schema: { type: 'string' } } } }
        : { content: json(answer === undefined ? {} : schemaOf(answer, 'output')) };
  return {
    summary: role === null ? summary : `${summary} (${role})`,
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [path.startsWith('/api/v1/') ? path.split('/')[3]! : 'server'],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    ...(bytes === undefined ? {} : { requestBody: { required: true, content: bytesContent } }),
    responses: { [status]: { description: 'Done', ...content }, default: errorAnswer },
    ...(role === null && path !== '/metrics' ? { security: [] } : {}),
  };
}

const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

type Content = { readonly content: { readonly 'application/json': { readonly schema: JsonSchema } } };

/** The answer for a record of any kind, said of one kind. */
function answerOf(name: string, { content }: Content): JsonSchema {
  const { schema } = content['application/json'];
  const { items, ...more } = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  if (items === undefined) return reference(name);
  return { ...schema, properties: { items: { type: 'array', items: reference(name) }, ...more } };
}

/** Some properties change a record; a whole one has all that is not made up for. */
const sentOf = (method: string, name: string): string => `${name}.${method === 'patch' ? 'input' : 'new'}`;

/** The paths of each resource, with its own columns. */
function resourcePaths(
  generic: Readonly<Record<string, Record<string, Operation>>>,
): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  const typed = (operation: Operation, method: string, name: string): Operation => {
    const {
      parameters = [],
      responses,
      requestBody,
    } = operation as {
      parameters?: { name: string }[];
      responses: Record<string, { description: string }>;
      requestBody?: object;
    };
    const status = Object.keys(responses)[0]!;
    return {
      ...operation,
      operationId: `${String(operation['operationId'])}_${name.replaceAll('.', '_')}`,
      tags: [name],
      parameters: parameters.filter((each) => each.name !== 'resource'),
      ...(requestBody === undefined
        ? {}
        : { requestBody: { required: true, content: json(reference(sentOf(method, name))) } }),
      responses: {
        ...responses,
        [status]:
          status === '204'
            ? responses[status]
            : { description: 'Done', content: json(answerOf(name, responses[status] as never)) },
      },
    };
  };
  for (const { name, editable = false } of resources) {
    const many = generic['/api/v1/resources/{resource}']!;
    const one = generic['/api/v1/resources/{resource}/{id}']!;
    const permitted = (operations: Record<string, Operation>) =>
      Object.fromEntries(
        Object.entries(operations)
          .filter(([method]) => editable || method === 'get')
          .map(([method, operation]) => [method, typed(operation, method, name)]),
      );
    paths[`/api/v1/resources/${name}`] = permitted(many);
    paths[`/api/v1/resources/${name}/{id}`] = permitted(one);
  }
  return paths;
}

export function openApiOf(routes: readonly Route[]) {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = pathOf(route).replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, path) };
  }
  const schemas = Object.fromEntries(
    resources.flatMap((resource) => [
      [resource.name, recordSchema(resource)],
      ...(resource.editable
        ? [
            [`${resource.name}.input`, inputSchema(resource)],
            [`${resource.name}.new`, newSchema(resource)],
          ]
        : []),
    ]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description:
        'Within v1, fields and routes are added, never renamed or removed. docs/reference/rest.md says more.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths: { ...paths, ...resourcePaths(paths), ...eventsPath },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'holdfast_session' },
      },
      schemas: { Error: errorSchema, ...schemas },
    },
  };
}

const errorSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        hint: { type: 'string' },
        details: { type: 'object' },
      },
      required: ['code', 'message', 'hint'],
    },
  },
  required: ['error'],
};

const eventsPath = {
  '/api/v1/events': {
    get: {
      summary: 'What happens, as it happens: a WebSocket, or server-sent events (viewer)',
      operationId: 'getApiV1Events',
      tags: ['events'],
      parameters: parametersOf('/api/v1/events', eventsQuery),
      responses: {
        200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        101: { description: 'A WebSocket' },
        default: errorAnswer,
      },
    },
  },
};
