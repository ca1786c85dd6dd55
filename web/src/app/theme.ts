import { type ThemeConfig, theme } from 'antd';

/** Fonts that Windows, macOS, Linux and UOS/麒麟 bring along: nothing is loaded from elsewhere. */
export const FONT_FAMILY =
  '-apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", sans-serif';

export const themeOf = (dark: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    colorPrimary: dark ? '#3c9ae8' : '#0b5a8a',
    colorLink: dark ? '#3c9ae8' : '#0b5a8a',
    fontFamily: FONT_FAMILY,
    borderRadius: 4,
    wireframe: false,
  },
  components: {
    Layout: {
      headerBg: dark ? '#0d1b26' : '#0b3d5c',
      headerHeight: 48,
      headerPadding: '0 16px',
      bodyBg: 'transparent',
    },
  },
});
