import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const API = process.env.CLAIMSIGHT_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    // A page that is open asks for the files of the version it came from, and a running server must not lose index.html
    // while a newer version is built.
    emptyOutDir: false,
    target: 'es2022',
    // The build runs at the first `npm run demo`; the report of compressed sizes would cost seconds of it.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { '/v1': API, '/docs': API } },
});
