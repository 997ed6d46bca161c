import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder with the AWS provider, as for `terraform init -plugin-dir`. */
const PLUGINS_VARIABLE = 'STOWAGE_TERRAFORM_PLUGINS';
const PROVIDER = 'registry.terraform.io/hashicorp/aws';
/** Folders in which Terraform searches for providers, and a common name of such a folder. */
const USUAL_FOLDERS = [
  join(homedir(), '.terraform.d/plugins'),
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  ...[homedir(), '/usr/local/share', '/opt'].map((folder) => join(folder, 'tf-plugins')),
];

/** The parts of Terraform that the tests need, or the reason why they cannot run on this machine. */
export type FoundTerraform = { readonly plugins: string } | { readonly absent: string };

/** Finds `terraform` in PATH and the AWS provider in a folder, without a download. */
export function findTerraform(): FoundTerraform {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
  } catch {
    return { absent: 'there is no "terraform" in PATH' };
  }
  const named = process.env[PLUGINS_VARIABLE];
  const folders = named === undefined ? USUAL_FOLDERS : [named];
  const plugins = folders.find((folder) => existsSync(join(folder, PROVIDER)));
  if (plugins !== undefined) return { plugins };
  return { absent: `no ${PROVIDER} in ${folders.join(', ')}; ${PLUGINS_VARIABLE} can name another folder` };
}

export interface TerraformRun {
  readonly code: number;
  /** Standard output and standard error, as a user sees them. */
  readonly text: string;
}

type Variables = Readonly<Record<string, string | number>>;

/** A Terraform configuration in its own folder, with the environment of a shell that has read Stowage's `env`. */
export class Terraform {
  private readonly folder = mkdtempSync(join(tmpdir(), 'stowage-terraform-'));

  constructor(
    configuration: string,
    private readonly plugins: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    for (const file of readdirSync(configuration)) copyFileSync(join(configuration, file), join(this.folder, file));
  }

  init(): Promise<TerraformRun> {
    return this.run('init', `-plugin-dir=${this.plugins}`);
  }

  apply(variables: Variables): Promise<TerraformRun> {
    return this.run('apply', '-auto-approve', ...asArguments(variables));
  }

  /** Exit code 0: no changes. 2: changes are pending. */
  plan(variables: Variables): Promise<TerraformRun> {
    return this.run('plan', '-detailed-exitcode', ...asArguments(variables));
  }

  destroy(variables: Variables): Promise<TerraformRun> {
    return this.run('destroy', '-auto-approve', ...asArguments(variables));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(command: string, ...args: readonly string[]): Promise<TerraformRun> {
    return new Promise((resolve, reject) => {
      const child = spawn('terraform', [command, '-no-color', '-input=false', ...args], {
        cwd: this.folder,
        // Excludes the user's own credentials, profile and settings of Terraform.
        env: {
          PATH: process.env['PATH'],
          HOME: this.folder,
          TF_CLI_CONFIG_FILE: '/dev/null',
          CHECKPOINT_DISABLE: '1',
          ...this.environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const output of [child.stdout, child.stderr]) {
        output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      }
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, text }));
    });
  }
}

const asArguments = (variables: Variables): readonly string[] =>
  Object.entries(variables).map(([name, value]) => `-var=${name}=${String(value)}`);
