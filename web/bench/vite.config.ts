import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The page of `benchmarks/speed_page.py`; where it goes is said on the command line. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: { alias: { regl: '@plotly/regl' } },
  build: { target: 'es2022', emptyOutDir: true, chunkSizeWarningLimit: 600 },
})
