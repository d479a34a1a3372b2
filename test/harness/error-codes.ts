import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { docCommentOf, parse } from './config-comments';
import { readSourceTree } from './source-tree';

/** One class with a permanent code. */
export interface ErrorCode {
  readonly code: string;
  readonly className: string;
  /** The room: the folder under `src/`. */
  readonly room: string;
  readonly doc: string;
}

const DECLARES_CODE = /^\s+readonly code = '/m;

/** Every class of the product with a `readonly code = '…'`, by code, then by room. */
export function errorCodes(root: string): ErrorCode[] {
  return readSourceTree(root, 'src')
    .filter(({ path }) => path.endsWith('.ts') && !/\.(spec|bench)\.ts$/.test(path))
    .filter(({ path }) => DECLARES_CODE.test(readFileSync(join(root, path), 'utf8')))
    .flatMap(({ path }) => codesIn(parse(join(root, path)), path.split('/')[1] ?? ''))
    .sort((a, b) => compare(a.code, b.code) || compare(a.room, b.room) || compare(a.className, b.className));
}

function codesIn(file: ts.SourceFile, room: string): ErrorCode[] {
  return file.statements.filter(ts.isClassDeclaration).flatMap((declared) => {
    const initializers = declared.members
      .filter(ts.isPropertyDeclaration)
      .filter((member) => member.name.getText(file) === 'code')
      .map((member) => member.initializer);
    return initializers
      .filter((value) => value !== undefined && ts.isStringLiteral(value))
      .map((value) => ({
        code: value.text,
        className: declared.name?.text ?? '',
        room,
        doc: docCommentOf(declared, file),
      }));
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
