// Writes src/config/REFERENCE.md from the code: node test/harness/write-reference.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript', decorators: true } },
  });
  module._compile(code, filename);
};

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { REFERENCE_FILE, referenceText } = require('./reference.ts');
writeFileSync(join(root, REFERENCE_FILE), referenceText(root));
