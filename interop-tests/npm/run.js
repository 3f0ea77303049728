// Starts the tests: makes a certificate authority for this run, so that both sides trust the servers that the tests start
// (Node reads NODE_EXTRA_CA_CERTS once, before any test), chooses the seed, and says both.
//   npm test                        all
//   npm test -- canonical_text      the files whose name has that word
//   AVOW_SEED=…                     the seed of an earlier run
//   AVOW_BINARY=…                   another build's program (canonical_text is beside it)
//   AVOW_CANONICAL_COUNT=1000000    how many numbers and how many pairs of keys are compared
import {execFileSync, spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const binary = path.resolve(process.env.AVOW_BINARY ?? path.join(here, '../../build/dev/avow'));
const seed = process.env.AVOW_SEED ?? randomBytes(8).toString('hex');
const words = process.argv.slice(2);
const files = fs.readdirSync(here).filter((name) => name.endsWith('_test.js'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)));

if (files.length === 0) fail('there is no such test', `no *_test.js has ${words.join(' or ')} in its name`, 'ls *_test.js');
if (!fs.existsSync(binary)) fail('there is no program to test', `${binary} is not there`, 'build it, or set AVOW_BINARY');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'avow-npm-ca-'));
let status = 1;
try {
  makeAuthority(folder);
  console.log(`seed: ${seed}   (AVOW_SEED=${seed} npm test -- …)`);
  status = spawnSync(process.execPath, ['--test', '--test-reporter=spec', '--test-reporter-destination=stdout',
    ...process.env.AVOW_TAP ? ['--test-reporter=tap', `--test-reporter-destination=${process.env.AVOW_TAP}`] : [], ...files], {
    cwd: here,
    stdio: 'inherit',
    env: {
      ...process.env,
      AVOW_BINARY: binary,
      AVOW_SEED: seed,
      AVOW_TLS_FOLDER: folder,
      NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem'),
      SSL_CERT_FILE: path.join(folder, 'ca.pem'),
      NODE_OPTIONS: '--dns-result-order=ipv4first',  // localhost is where the servers of the tests listen
    },
  }).status ?? 1;
} finally {
  fs.rmSync(folder, {recursive: true, force: true});
}
process.exit(status);

/// ca.pem; server.pem and server.key for localhost; stranger.pem, for localhost too and signed by nobody we trust.
function makeAuthority(at) {
  const openssl = (...options) => execFileSync('openssl', options, {cwd: at, stdio: ['ignore', 'ignore', 'pipe']});
  const key = (name) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name];
  const localhost = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  openssl('req', '-x509', ...key('ca.key'), '-out', 'ca.pem', '-days', '2', '-subj', '/CN=tests of this run');
  openssl('req', ...key('server.key'), '-out', 'server.csr', ...localhost);
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
    '-copy_extensions', 'copy', '-out', 'server.pem');
  openssl('req', '-x509', ...key('stranger.key'), '-out', 'stranger.pem', '-days', '2', ...localhost);
}

function fail(what, why, how) {
  console.error(`error: ${what}\nwhy:   ${why}\nfix:   ${how}`);
  process.exit(2);
}
