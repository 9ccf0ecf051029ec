export function total(prices) {
  const amount = prices.reduce((sum, price) => sum + price.amount, 0);
  return { text: `${amount.toFixed(2)} EUR` };
}
