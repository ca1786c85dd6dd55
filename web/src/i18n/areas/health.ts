import type { Like } from '../like.ts';

export const zh = {
  title: '设备健康',
};

export const en: Like<typeof zh> = {
  title: 'Device health',
};
