import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { NotFoundError } from '../../base/errors';
import { RULES_ENGINE } from '../../rules';
import type { RulesEngine } from '../../rules';
import { excerptOf } from './rule-source';
import type { RuleExcerpt } from './rule-source';
import { textParam } from './stack-params';
import type { StackQuery } from './stack-params';

/** `GET /api/stack/rules/{group}/{rule}/source`. */
export interface RuleSourceBody extends RuleExcerpt {
  readonly file: string;
}

/** A rule as it stands in its file. */
@Controller('api/stack/rules')
export class RuleSourceController {
  constructor(@Inject(RULES_ENGINE) private readonly rules: Pick<RulesEngine, 'groups' | 'textOf'>) {}

  /** `line` and `file` tell rules of the same name apart. */
  @Get(':group/:rule/source')
  source(@Param('group') group: string, @Param('rule') name: string, @Query() query: StackQuery): RuleSourceBody {
    const file = textParam(query, 'file');
    const line = textParam(query, 'line');
    const found = this.rules
      .groups()
      .filter((each) => each.name === group && (file ?? each.file) === each.file)
      .flatMap((each) => each.rules.map((rule) => ({ file: each.file, name: rule.name, line: rule.line })))
      .find((rule) => rule.name === name && (line ?? String(rule.line)) === String(rule.line));
    if (found === undefined) throw new NotFoundError(`no rule "${name}" is in a group "${group}"`);
    const text = this.rules.textOf(found.file);
    const excerpt = text === undefined ? undefined : excerptOf(text, found.line);
    if (excerpt === undefined)
      throw new NotFoundError(`the file ${found.file} cannot be read or no longer has the rule`);
    return { file: found.file, ...excerpt };
  }
}
