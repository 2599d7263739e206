// What homes and labs call their services, for made-up records.

export const roles = [
  'web',
  'db',
  'cache',
  'mail',
  'git',
  'ci',
  'proxy',
  'media',
  'backup',
  'monitor',
] as const;
