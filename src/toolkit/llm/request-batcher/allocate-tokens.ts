/**
 * Shares a budget by max-min fairness: nobody gets more than asked for, and what the modest leave goes to the others in
 * equal parts. Whole tokens; the sum never exceeds the budget and reaches it when the wishes do.
 */
export function allocateTokens(wishes: readonly number[], budget: number): number[] {
  const granted = wishes.map(() => 0);
  const order = wishes.map((_, index) => index).sort((a, b) => (wishes[a] ?? 0) - (wishes[b] ?? 0));
  let left = Math.max(0, Math.floor(budget));
  order.forEach((index, served) => {
    const share = Math.floor(left / (order.length - served));
    const grant = Math.min(Math.max(0, Math.floor(wishes[index] ?? 0)), share);
    granted[index] = grant;
    left -= grant;
  });
  return granted;
}
