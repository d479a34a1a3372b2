import { join } from 'node:path';
import { Registry } from 'prom-client';
import ts from 'typescript';
import * as telltale from '../../index';
import { configureInstrumentation } from '../settings';
import { startTestTracing } from '../testing/test-tracing';
import type { TestTracing } from '../testing/test-tracing';

/**
 * A program with the language's standard decorators: compiled by TypeScript with `experimentalDecorators: false`, then
 * run. The legacy form is what all other tests use.
 */
const PROGRAM = `
import { Instrument, InstrumentInference, InstrumentParsing, InstrumentTool, recordUsage } from 'telltale';

export const seen: unknown[] = [];
const symbol = Symbol('by symbol');

function foreign<T extends (...args: never[]) => unknown>(method: T, context: ClassMethodDecoratorContext): T {
  seen.push(context.name);
  return Object.assign(method, { own: 'kept' });
}

export class Assistant {
  private readonly words = 2;

  @InstrumentParsing({ pick: (text: string) => ({ 'text.length': text.length }) })
  parse(text: string, ..._rest: number[]): string[] {
    if (text === '') throw new RangeError('empty');
    return text.split(' ', this.words);
  }

  @InstrumentInference({ provider: 'openai', model: 'gpt-4o' })
  async *stream(): AsyncGenerator<string> {
    yield 'a';
    recordUsage({ input: 3, output: 2 });
    yield 'b';
  }

  @Instrument()
  async ask(question: string): Promise<string> {
    return this.#secret(question);
  }

  @Instrument({ name: 'private' })
  #secret(question: string): string {
    return question + '!';
  }

  @InstrumentTool('read_file')
  @foreign
  readFile(): string {
    return 'content';
  }

  @Instrument()
  [symbol](): number {
    return 1;
  }

  @Instrument('outer')
  @Instrument({ thresholds: { slow: 0 } })
  twice(): number {
    return this[symbol]();
  }

  @Instrument()
  static version(): string {
    return '1';
  }
}

export class Derived extends Assistant {}

@Instrument()
export class Whole {
  one(): number {
    return 1;
  }
}
`;

const WRONG = `
import { Instrument } from 'telltale';
export class Wrong {
  @Instrument({ pick: (text: string) => ({ length: text.length }) })
  method(count: number): number {
    return count;
  }
}
`;

const ROOT = join(__dirname, '..', '..', '..');
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  experimentalDecorators: false,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  paths: { telltale: [join(ROOT, 'src', 'index.ts')] },
};

/** Compiles one text as a file of this folder; gives its faults. */
function check(code: string): string[] {
  const path = join(__dirname, 'standard.example.ts');
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.fileExists = (file) => file === path || exists(file);
  host.getSourceFile = (file, version, ...rest) =>
    file === path ? ts.createSourceFile(file, code, version) : read(file, version, ...rest);
  const program = ts.createProgram([path], { ...OPTIONS, noEmit: true }, host);
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

interface Assistant {
  parse(text: string): string[];
  stream(): AsyncGenerator<string>;
  ask(question: string): Promise<string>;
  readFile(): string;
  twice(): number;
}
interface Program {
  readonly seen: unknown[];
  readonly Assistant: (new () => Assistant) & { version(): string; prototype: Assistant };
  readonly Derived: new () => Assistant;
  readonly Whole: new () => { one(): number };
}

function load(): Program {
  const { outputText } = ts.transpileModule(PROGRAM, { compilerOptions: OPTIONS });
  const module: { exports: Partial<Program> } = { exports: {} };
  new Function('module', 'exports', 'require', outputText)(module, module.exports, () => telltale);
  return module.exports as Program;
}

describe('standard decorators', () => {
  let tracing: TestTracing;
  let restore: () => void;
  beforeAll(() => {
    tracing = startTestTracing();
    restore = configureInstrumentation({ registry: new Registry() });
  });
  afterAll(async () => {
    restore();
    await tracing.stop();
  });
  beforeEach(() => tracing.clear());
  const names = (): string[] => tracing.spans().map(({ name }) => name);

  test('compile, and a picker that does not fit is refused', () => {
    expect(check(PROGRAM)).toEqual([]);
    expect(check(WRONG).join()).toContain('pick takes other arguments than the method');
  }, 60_000);

  test('observe methods under the name of their own class, also of a derived instance', async () => {
    const { Derived, Assistant } = load();
    const assistant = new Derived();
    expect(assistant.parse('a b c')).toEqual(['a', 'b']);
    expect(() => assistant.parse('')).toThrow(RangeError);
    await expect(assistant.ask('why')).resolves.toBe('why!');
    expect(Assistant.version()).toBe('1');
    expect(tracing.spans()[0]).toMatchObject({
      name: 'Assistant.parse',
      attributes: { 'code.function.name': 'Assistant.parse', 'telltale.stage': 'parsing', 'text.length': 5 },
    });
    expect(names()).toEqual(['Assistant.parse', 'Assistant.parse', 'private', 'Assistant.ask', 'Assistant.version']);
    expect(tracing.spans()[1]?.status.code).toBe(2);
  });

  test('streams, tools, other decorators, symbols, twice, and whole classes', async () => {
    const { Assistant, Whole, seen } = load();
    const assistant = new Assistant();
    const pieces: string[] = [];
    for await (const piece of assistant.stream()) pieces.push(piece);
    expect(pieces).toEqual(['a', 'b']);
    expect(assistant.readFile()).toBe('content');
    expect(assistant.twice()).toBe(1);
    expect(new Whole().one()).toBe(1);
    expect(names()).toEqual(['chat gpt-4o', 'execute_tool read_file', 'Assistant.by symbol', 'outer', 'Whole.one']);
    expect(tracing.spans()[0]?.attributes['gen_ai.usage.output_tokens']).toBe(2);
    expect(tracing.spans()[3]?.events.map(({ name }) => name)).toEqual(['telltale.threshold.exceeded']);
    expect(seen).toEqual(['readFile']);
    expect(Reflect.get(Assistant.prototype.readFile, 'own')).toBe('kept');
  });

  test('leave name, length and kind as they are, and work without any instance', () => {
    const { Assistant } = load();
    const { parse, stream } = Assistant.prototype;
    expect([parse.name, parse.length]).toEqual(['parse', 1]);
    expect(Object.prototype.toString.call(stream)).toBe('[object AsyncGeneratorFunction]');
    expect(() => Reflect.construct(parse, [])).toThrow(TypeError);
    expect(Reflect.apply(parse, { words: 1 }, ['a b'])).toEqual(['a']);
    new Assistant().parse('a');
    expect(names()).toEqual(['parse', 'Assistant.parse']);
  });

  test('what is neither method nor class is left alone', () => {
    const decorator: unknown = telltale.Instrument();
    if (typeof decorator !== 'function') throw new Error('no decorator');
    expect(Reflect.apply(decorator, undefined, [undefined, { kind: 'field', name: 'x' }])).toBeUndefined();
  });
});
