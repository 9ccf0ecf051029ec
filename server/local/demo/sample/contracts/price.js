/** What services tell each other about money: an amount in whole units with a fraction. */
export const FIELDS = ['amount', 'currency'];

export function assertPrice(price) {
  const found = Object.keys(price).sort().join(', ');
  if (found !== FIELDS.join(', ')) throw new Error(`a price has ${FIELDS.join(', ')}; found ${found}`);
  if (typeof price.amount !== 'number') throw new Error(`amount: expected a number, found ${price.amount}`);
  return price;
}
