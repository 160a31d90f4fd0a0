import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The pages of `benchmarks/speed_page.py` (index) and `tests/studio/test_beside.py`; where they go is said on the
 * command line. */
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [svelte({ configFile: here('../svelte.config.js') })],
  resolve: { alias: { regl: '@plotly/regl' } },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
    rollupOptions: { input: [here('index.html'), here('beside.html')] },
  },
})
