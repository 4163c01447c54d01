/** A translated word from the page: <body data-w-again="Thử lại">. */
export const word = (name) => document.body.dataset[`w${name[0].toUpperCase()}${name.slice(1)}`] || "";
