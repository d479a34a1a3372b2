import { calledTools, commonLength, parseMessages, resultsOf } from './conversation';

const text = (value: string) => ({ kind: 'text', text: value });

test.each([
  ['parts of the conventions', [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }], 'user', [text('hi')]],
  ['a text', [{ role: 'user', content: 'hi' }], 'user', [text('hi')]],
  ['blocks', [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }], 'user', [text('hi')]],
  [
    'a tool call of the conventions',
    [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', arguments: { path: 'a' } }] }],
    'assistant',
    [{ kind: 'call', id: 'c1', name: 'read', text: '{\n  "path": "a"\n}' }],
  ],
  [
    'a tool call in OpenAI form',
    [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{}' } }],
      },
    ],
    'assistant',
    [{ kind: 'call', id: 'c1', name: 'read', text: '{}' }],
  ],
  [
    'a result in OpenAI form',
    [{ role: 'tool', tool_call_id: 'c1', content: 'done' }],
    'tool',
    [{ kind: 'result', id: 'c1', text: 'done' }],
  ],
  [
    'a result in Anthropic form',
    [
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'done' }] }],
      },
    ],
    'user',
    [{ kind: 'result', id: 'c1', text: 'done' }],
  ],
  [
    'a thought',
    [{ role: 'assistant', parts: [{ type: 'reasoning', content: 'hm' }] }],
    'assistant',
    [{ kind: 'thought', text: 'hm' }],
  ],
  ['system instructions', [{ type: 'text', content: 'be kind' }], 'system', [text('be kind')]],
  [
    'something unknown is kept',
    [{ role: 'user', parts: [{ type: 'blob', content: 'x' }] }],
    'user',
    [{ kind: 'other', name: 'blob', text: 'x' }],
  ],
])('%s', (_name, messages, role, parts) => {
  expect(parseMessages(JSON.stringify(messages), 'system')).toEqual([{ role, parts }]);
});

test.each(['', 'plain', '<img src=x>', '[', 'null', '3'])('%j is shown as it came', (value) => {
  const [message] = parseMessages(value, 'user');
  expect(message?.role).toBe('user');
  expect(message?.parts[0]?.text).toBe(value);
});

test('calls are paired with results, and what entered the context is known', () => {
  const before = parseMessages(JSON.stringify([{ role: 'user', content: 'a' }]));
  const now = parseMessages(
    JSON.stringify([
      { role: 'user', content: 'a' },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'done' }] },
    ]),
  );
  expect([...calledTools(now)]).toEqual([['c1', 'read']]);
  expect(resultsOf(now).get('c1')).toBe('done');
  expect(commonLength(before, now)).toBe(1);
  expect(commonLength(now, before)).toBe(1);
});
