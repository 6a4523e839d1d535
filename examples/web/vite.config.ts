import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page asks its own origin; behind it stands roster, for HTTP and for the socket.
const proxy = {
  '/api/graphql': { target: process.env.ROSTER_URL ?? 'http://127.0.0.1:8080', ws: true },
};

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
});
