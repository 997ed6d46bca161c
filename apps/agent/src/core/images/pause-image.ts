/**
 * The image of the container that holds the namespaces that the containers of a task share (pidMode and ipcMode
 * `task`). Its process only waits. The agent of ECS loads such an image from its disk. This agent builds the image
 * itself, so that no registry is necessary: a tar archive with one executable of 186 bytes.
 */
export const PAUSE_IMAGE = 'stowage/pause:1';
export const PAUSE_COMMAND = '/pause';

/** The architectures that the executable supports. */
export function canMakePauseImage(architecture: string): boolean {
  return architecture === 'x86_64' || architecture === 'amd64';
}

const LOAD_ADDRESS = 0x400000;
const HEADERS_BYTES = 64 + 56;

/**
 * As the first process of a shared PID namespace, it inherits every orphan. It ignores SIGCHLD, so that the kernel
 * reaps them. The code calls rt_sigaction(SIGCHLD, {SIG_IGN}, 0, 8), and then pause() in a loop.
 */
const CODE = [
  [0xb8, 13, 0, 0, 0], // mov eax, rt_sigaction
  [0xbf, 17, 0, 0, 0], // mov edi, SIGCHLD
  [0xbe, 0, 0, 0, 0], // mov esi, the address of ACTION
  [0x31, 0xd2], // xor edx, edx
  [0x41, 0xba, 8, 0, 0, 0], // mov r10d, 8
  [0x0f, 0x05], // syscall
  [0xb8, 34, 0, 0, 0], // mov eax, pause
  [0x0f, 0x05], // syscall
  [0xeb, 0xf7], // jmp to "mov eax, pause"
].flat();
const ACTION_OPERAND_AT = 11;
/** struct sigaction: handler SIG_IGN, flags, restorer, mask. */
const ACTION = [1, ...Array.from({ length: 31 }, () => 0)];

/** A static ELF executable for Linux on x86_64: one segment, no sections. */
export function pauseExecutable(): Uint8Array {
  const bytes = new Uint8Array(HEADERS_BYTES + CODE.length + ACTION.length);
  bytes.set(CODE, HEADERS_BYTES);
  bytes.set(ACTION, HEADERS_BYTES + CODE.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADERS_BYTES + ACTION_OPERAND_AT, LOAD_ADDRESS + HEADERS_BYTES + CODE.length, true);
  writeFileHeader(bytes, view);
  writeProgramHeader(view, bytes.length);
  return bytes;
}

function writeFileHeader(bytes: Uint8Array, view: DataView): void {
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little endian, version 1
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, 62, true); // x86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(LOAD_ADDRESS + HEADERS_BYTES), true); // entry
  view.setBigUint64(32, 64n, true); // program headers
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
}

function writeProgramHeader(view: DataView, length: number): void {
  view.setUint32(64, 1, true); // load
  view.setUint32(68, 5, true); // read, execute
  view.setBigUint64(80, BigInt(LOAD_ADDRESS), true);
  view.setBigUint64(88, BigInt(LOAD_ADDRESS), true);
  view.setBigUint64(96, BigInt(length), true);
  view.setBigUint64(104, BigInt(length), true);
  view.setBigUint64(112, 0x1000n, true);
}

const TAR_BLOCK_BYTES = 512;

/** The archive that Docker imports: `/pause`, executable. */
export function pauseArchive(): Uint8Array {
  const content = pauseExecutable();
  const blocks = Math.ceil(content.length / TAR_BLOCK_BYTES);
  const archive = new Uint8Array((1 + blocks + 2) * TAR_BLOCK_BYTES);
  archive.set(tarHeader(PAUSE_COMMAND.slice(1), content.length));
  archive.set(content, TAR_BLOCK_BYTES);
  return archive;
}

function tarHeader(name: string, length: number): Uint8Array {
  const header = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (text: string, at: number): void =>
    header.set(
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
      at,
    );
  put(name, 0);
  put('0000755\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${length.toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
