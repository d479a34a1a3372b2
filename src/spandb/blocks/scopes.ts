import { readScope, readResource, textOf, type EncodedTables } from '../../otlp';
import { serviceNameOf } from '../../domain/resource';
import { attributeHash } from './hash';
import type { ScopeEntry } from './segment';
import { envelopeTags, envelopeTokens } from './tokens';

/** Resources with their scopes, each kept once however many requests repeat it. */
export class ScopeTable {
  readonly entries: ScopeEntry[] = [];
  readonly tokens: Set<number>[] = [];
  readonly services: string[] = [];
  private readonly byKey = new Map<string, number>();

  /** The index here of one scope of a request. */
  add(buffer: Buffer, { resources, scopes }: EncodedTables, scope: number): number {
    const s = scope * 5;
    const r = (scopes[s + 4] ?? 0) * 4;
    const cut = (table: Int32Array, at: number): Uint8Array => buffer.subarray(table[at] ?? 0, table[at + 1] ?? 0);
    const url = (table: Int32Array, at: number): string => textOf(buffer, table[at + 2] ?? 0, table[at + 3] ?? 0);
    return this.addEntry({
      resource: cut(resources, r),
      resourceUrl: url(resources, r),
      scope: cut(scopes, s),
      scopeUrl: url(scopes, s),
    });
  }

  addEntry(entry: ScopeEntry): number {
    const key = keyOf(entry);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const index = this.entries.length;
    // Copies: the request's bytes are not kept for the sake of a few.
    const resource = Buffer.from(entry.resource);
    const scope = Buffer.from(entry.scope);
    this.entries.push({ ...entry, resource, scope });
    this.services.push(serviceNameOf(readResource(resource, 0, resource.length, '')));
    this.tokens.push(tokensOfEntry(resource, scope));
    this.byKey.set(key, index);
    return index;
  }
}

/** The hashes of everything a record can be found by for the sake of its resource and scope. */
export function tokensOfEntry(resource: Buffer, scope: Buffer): Set<number> {
  const tokens = new Set<number>();
  const add = (token: number): void => void tokens.add(token);
  envelopeTokens(resource, envelopeTags.resource, add);
  envelopeTokens(scope, envelopeTags.scope, add);
  const { name, version } = readScope(scope, 0, scope.length, '');
  if (name !== '') add(attributeHash('otel.scope.name', name));
  if (version !== '') add(attributeHash('otel.scope.version', version));
  return tokens;
}

function keyOf({ resource, resourceUrl, scope, scopeUrl }: ScopeEntry): string {
  const text = (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return [text(resource), resourceUrl, text(scope), scopeUrl].map((part) => `${part.length}:${part}`).join('');
}
