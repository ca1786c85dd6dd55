import type { Like } from '../like.ts';

export const zh = {
  title: '账号安全',
};

export const en: Like<typeof zh> = {
  title: 'My account',
};
