/** In the data folder, while a served database and what replaces it change places. */
export const replacingFile = 'replacing.json';
