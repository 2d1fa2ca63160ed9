import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

// The hub serves dist/ under a Content-Security-Policy of `default-src 'self'`: nothing may be inlined as a script or a data: URL.
export default defineConfig({
  plugins: [preact({ reactAliasesEnabled: false, devToolsEnabled: false, prefreshEnabled: true })],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
