/** What the walk of a parse tree needs to decide. */
export interface Classified {
  readonly role: 'read' | 'write' | 'analytics';
  readonly operation: string;
  readonly tables: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

/** Statements that change nothing and see only what is committed. */
const READING = new Set(['SelectStmt', 'ExplainStmt', 'VariableShowStmt']);

/** Parts that make a SELECT change something, or take locks. */
const WRITING_PARTS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'LockingClause', 'IntoClause']);

/** Functions that change something. */
const WRITING_FUNCTIONS =
  /^(nextval|setval|set_config|pg_(try_)?advisory_\w+|pg_notify|lo_\w+|dblink_exec|pg_(cancel|terminate)_backend|pg_reload_conf|pg_switch_wal|pg_create_\w+|pg_drop_\w+|pg_logical_emit_message|txid_current|pg_current_xact_id|query_to_xml|gen_next_\w+)$/;

const AGGREGATES =
  /^(count|sum|avg|min|max|array_agg|string_agg|json_agg|jsonb_agg|json_object_agg|jsonb_object_agg|percentile_cont|percentile_disc|mode|stddev\w*|variance|var_pop|var_samp|corr|covar_\w+|regr_\w+|bool_and|bool_or|every|bit_and|bit_or)$/;

interface Findings {
  writes: boolean;
  groups: boolean;
  aggregates: boolean;
  filters: boolean;
  readonly tables: Set<string>;
  readonly withNames: Set<string>;
}

/**
 * A batch is a write when any of it writes. Reads that group, use windows, or aggregate a whole table are analytics.
 * The tree is what libpg-query's parse gives.
 */
export function classify(tree: unknown): Classified {
  const statements = listOf(nodeOf(tree)?.stmts).map((raw) => nodeOf(nodeOf(raw)?.stmt) ?? {});
  const kinds = statements.map((statement) => Object.keys(statement)[0] ?? 'Empty');
  const findings: Findings = {
    writes: kinds.length === 0,
    groups: false,
    aggregates: false,
    filters: false,
    tables: new Set(),
    withNames: new Set(),
  };
  statements.forEach((statement, index) => {
    const kind = kinds[index] ?? '';
    if (!READING.has(kind) || (kind === 'ExplainStmt' && !isHarmlessExplain(statement))) findings.writes = true;
    walk(statement, findings, kind === 'ExplainStmt' && !findings.writes);
  });
  const analytics = findings.groups || (findings.aggregates && !findings.filters);
  return {
    role: findings.writes ? 'write' : analytics ? 'analytics' : 'read',
    operation: kinds.length === 1 ? nameOf(kinds[0] ?? '') : 'BATCH',
    tables: [...findings.tables].filter((table) => !findings.withNames.has(table)).slice(0, 5),
  };
}

/** `EXPLAIN` without `ANALYZE` runs nothing; with it, what it explains decides. */
function isHarmlessExplain(statement: Node): boolean {
  const explain = nodeOf(statement.ExplainStmt) ?? {};
  const analyzes = listOf(explain.options).some((option) => nodeOf(nodeOf(option)?.DefElem)?.defname === 'analyze');
  const query = Object.keys(nodeOf(explain.query) ?? {})[0];
  return !analyzes || query === 'SelectStmt';
}

function walk(value: unknown, findings: Findings, explained: boolean): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, findings, explained);
    return;
  }
  const node = nodeOf(value);
  if (node === undefined) return;
  for (const [key, child] of Object.entries(node)) {
    if (!explained && (WRITING_PARTS.has(key) || key === 'lockingClause' || key === 'intoClause'))
      findings.writes = true;
    else if (key === 'RangeVar' || key === 'relation' || key === 'rel') noteTable(nodeOf(child), findings);
    else if (key === 'CommonTableExpr') findings.withNames.add(String(nodeOf(child)?.ctename));
    else if (key === 'whereClause') findings.filters = true;
    else if (key === 'groupClause' || key === 'windowClause' || key === 'over' || key === 'havingClause') {
      findings.groups = true;
    } else if (key === 'FuncCall') noteFunction(nodeOf(child), findings);
    walk(child, findings, explained);
  }
}

function noteTable(relation: Node | undefined, findings: Findings): void {
  if (typeof relation?.relname === 'string') findings.tables.add(relation.relname);
}

function noteFunction(call: Node | undefined, findings: Findings): void {
  const name = nodeOf(nodeOf(listOf(call?.funcname).at(-1))?.String)?.sval;
  if (typeof name !== 'string') return;
  if (WRITING_FUNCTIONS.test(name)) findings.writes = true;
  if (AGGREGATES.test(name)) findings.aggregates = true;
}

/** `InsertStmt` → `INSERT`. */
function nameOf(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

function nodeOf(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
