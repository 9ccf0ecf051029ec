const PRICES = { tea: 4, cup: 9, pot: 25 };

export function priceOf(id) {
  const amount = PRICES[id];
  return amount === undefined ? undefined : { amount, currency: 'EUR' };
}
