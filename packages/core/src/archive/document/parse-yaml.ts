// A piece of YAML as plain values, without the parts of YAML that make small texts large ones.

import { HoldfastError } from '../../errors.ts';
import { yamlPackage } from '../../optional-package.ts';
import { tooLarge } from './lines.ts';

/** Levels of nesting. */
const deepest = 64;

/**
 * Integers are bigints, `!!binary` is bytes; other tags, anchors, aliases and keys that are no text are refused.
 * @param line of its beginning, for messages. @throws DOCUMENT_INVALID, DOCUMENT_TOO_LARGE, DRIVER_MISSING
 */
export function parseYaml(text: string, line: number): unknown {
  const refuse = (what: string) => new HoldfastError('DOCUMENT_INVALID', `line ${line}: ${what}`);
  const { isAlias, isCollection, isNode, parseDocument, visit } = yamlPackage();
  try {
    const document = parseDocument(text, {
      schema: 'core',
      version: '1.2',
      customTags: ['binary'],
      intAsBigInt: true,
      merge: false,
      stringKeys: true,
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw refuse(problem.message);
    visit(document, {
      Node(_, node, path) {
        if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor !== undefined))
          throw tooLarge(`line ${line}: anchors and aliases make small documents large`);
        if (path.length > deepest && path.filter(isCollection).length > deepest)
          throw tooLarge(`line ${line}: it is nested more than ${deepest} deep`);
      },
    });
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(`line ${line}: it is nested too deep`);
    throw error;
  }
}
