export const HEADER = 'The tea shop';

export function page({ items, total }) {
  return `<!doctype html><title>Basket</title><h1>${HEADER}</h1><ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul><p>${total}</p>`;
}
