import type { Like } from '../like.ts';

export const zh = {};

export const en: Like<typeof zh> = {};
