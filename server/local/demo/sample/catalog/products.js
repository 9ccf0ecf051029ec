export const PRODUCTS = [
  { id: 'tea', name: 'Green tea', tags: ['drink'] },
  { id: 'cup', name: 'Cup', tags: ['ware'] },
  { id: 'pot', name: 'Tea pot', tags: ['ware'] },
];

export function find(text) {
  return PRODUCTS.filter((product) => product.name.toLowerCase().includes(text.toLowerCase()));
}
