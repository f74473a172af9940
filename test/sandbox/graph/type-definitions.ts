/** Microsoft's type definitions, read at run time: does a JSON value fit an interface, property by property? */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Definition {
  base: string | undefined;
  properties: Map<string, string>;
}

const folder = dirname(createRequire(import.meta.url).resolve('@microsoft/microsoft-graph-types/package.json'));
const source = readFileSync(join(folder, 'microsoft-graph.d.ts'), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

function readInterfaces(): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const [, name = '', base, body = ''] of source.matchAll(
    /^export interface (\w+)(?: extends (\w+))? \{([\s\S]*?)\}$/gm,
  )) {
    const properties = new Map<string, string>();
    for (const [, property = '', type = ''] of body.matchAll(/^\s*(?:"?([@\w.-]+)"?)\??:\s*([\s\S]*?);/gm))
      properties.set(property, type.replace(/\s+/g, ' '));
    found.set(name, { base, properties });
  }
  return found;
}

function readEnums(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = '', values = ''] of source.matchAll(/^export type (\w+) =([^;{<]*?);$/gm))
    found.set(name, new Set([...values.matchAll(/"([^"]+)"/g)].map(([, value = '']) => value)));
  return found;
}

const interfaces = readInterfaces();
const enums = readEnums();

function typeOf(name: string, property: string): string | undefined {
  for (let next: string | undefined = name; next; next = interfaces.get(next)?.base) {
    const type = interfaces.get(next)?.properties.get(property);
    if (type) return type;
  }
  return undefined;
}

/** What is wrong with `value` as a `type` ("Event", "NullableOption<string>", "Attendee[]"), with paths. */
export function misfits(value: unknown, type: string, path = type): string[] {
  const nullable = /^NullableOption<(.*)>$/.exec(type);
  if (value === null) return nullable ? [] : [`${path} is null`];
  const inner = nullable?.[1] ?? type;
  if (inner.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path} is no array`];
    return value.flatMap((entry, index) => misfits(entry, inner.slice(0, -2), `${path}[${index}]`));
  }
  if (inner === 'string' || inner === 'number' || inner === 'boolean')
    return typeof value === inner ? [] : [`${path} is no ${inner}`];
  const values = enums.get(inner);
  if (values) return values.has(String(value)) ? [] : [`${path} is "${value}", which ${inner} lacks`];
  if (!interfaces.has(inner)) return [`${path}: unknown type ${inner}`];
  if (typeof value !== 'object' || value === undefined || Array.isArray(value)) return [`${path} is no ${inner}`];
  return Object.entries(value).flatMap(([name, entry]) => {
    if (name.startsWith('@')) return [];
    const property = typeOf(inner, name);
    return property ? misfits(entry, property, `${path}.${name}`) : [`${path}.${name} does not exist on ${inner}`];
  });
}
