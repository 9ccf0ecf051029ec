/** Percent, by country. */
export const RATES = { DE: 19 };

export function rateOf(country) {
  return RATES[country];
}
