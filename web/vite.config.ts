import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/** While the page is written: `TRASLUZ_STUDIO=http://127.0.0.1:PORT/TOKEN/ npm run dev` asks a studio that runs. */
function studio(address: string | undefined) {
  if (address === undefined) return {}
  const { origin, pathname } = new URL(address)
  const rewrite = (path: string) => pathname.replace(/\/$/, '') + path
  return { '/api': { target: origin, changeOrigin: true, ws: true, rewrite, headers: { origin } } }
}

export default defineConfig({
  // Relative addresses: the page is served under the token of a run, which nobody knows before.
  base: './',
  plugins: [svelte({ compilerOptions: { cssHash: ({ hash, css }) => `s${hash(css).slice(0, 4)}` } })],
  resolve: {
    alias: {
      // The same library with its generated code handed in, so that no code is made from text in the page (CSP).
      regl: '@plotly/regl',
      $web: fileURLToPath(new URL('./src', import.meta.url)),
    },
    // Tests in Node take Svelte's browser build.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
  },
  build: {
    outDir: '../src/trasluz/server/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: studio(process.env.TRASLUZ_STUDIO) },
  test: {
    include: ['src/**/*.test.ts'],
    // As in the page, the words of every view are known.
    setupFiles: ['src/studio/views/registry.ts'],
    environment: 'node',
  },
})
