/**
 * On-media format of the PMFS-like file system, after PMFS (Dulloor et al., "System Software for
 * Persistent Memory", EuroSys 2014) and its published kernel sources. All numbers little-endian;
 * a pointer is a heap offset, 0 for none. Blocks are 4 KiB.
 *
 * | block | contents                                                                            |
 * |-------|-------------------------------------------------------------------------------------|
 * | 0     | superblock, its copy, journal header (one line), inode-table inode, orphan list head |
 * | 1 ..  | journal: a ring of 64-byte log entries                                              |
 * | rest  | inode table blocks, directory blocks, file blocks, nodes of the block trees         |
 *
 * Superblock: magic 4, block size 4, size in bytes 8, journal base 8, journal bytes 8, inode-table
 * inode 8, sum 4 (FNV-1a of what is before it). It never changes after formatting.
 * Journal header: base 8, size 4, head 4, then in one 8-byte word tail 4, generation 2, unused 2.
 * Log entry: address 8, then in one 8-byte word transaction 4, generation 2, type 1, size 1, then
 * 48 bytes of old data. An entry is valid when its generation is the ring's current one there, and
 * the generation is stored last: within a line, stores become durable in order.
 * Directory entry: inode 8, record length 2, name length 1, type 1 (unused), name.
 *
 * Not modelled: 2 MiB and 1 GiB file blocks, extended attributes, symbolic links, truncation of a
 * file in use, the saved free-block map of a clean unmount (a mount always scans).
 */

/** A block, and a page of a file. */
export const BLOCK_BYTES = 4096;
/** Pointers in a node of a block tree: 2^9. */
export const NODE_SHIFT = 9;
/** The largest height of a block tree: 2^27 blocks. */
export const HEIGHT_MAX = 3;

/** First four bytes of a superblock. */
export const MAGIC = 0xeffc_0001;
/** Bytes of a superblock that are in use, and where its copy lies. */
export const SUPER_BYTES = 44;
/** Offset of the superblock's copy. */
export const SUPER_COPY = 512;

/** Offsets in the superblock. */
// biome-ignore format: fields in their order
export const Super = {
  MAGIC: 0, BLOCK_BYTES: 4, SIZE: 8, JOURNAL_BASE: 16, JOURNAL_BYTES: 24, INODE_TABLE: 32, SUM: 40,
} as const;

/** Offset of the journal header, a line of its own. */
export const JOURNAL_HEADER = 128;
/** Offsets in the journal header. */
export const JournalField = { BASE: 0, SIZE: 8, HEAD: 12, TAIL: 16, GENERATION: 20 } as const;

/** The inode of the inode table, outside of the table; its truncate item heads the orphan list. */
export const INODE_TABLE_INODE = 256;

/** A log entry is a line. */
export const LOG_ENTRY_BYTES = 64;
/** Old data in a log entry. */
export const LOG_DATA_BYTES = 48;
/** Offsets in a log entry. */
// biome-ignore format: fields in their order
export const LogField = { ADDRESS: 0, TRANSACTION: 8, GENERATION: 12, TYPE: 14, SIZE: 15, DATA: 16 } as const;
/** Bits of a log entry's type. */
export const LogType = { DATA: 0, START: 1, COMMIT: 2 } as const;
/** Generations are 16 bits. */
export const GENERATION_MAX = 0xffff;

/** An inode is two lines. */
export const INODE_BYTES = 128;
/** Inodes in a block of the inode table. */
export const INODES_PER_BLOCK = BLOCK_BYTES / INODE_BYTES;
/** Offsets in an inode. The first 48 bytes are what most transactions log. */
// biome-ignore format: fields in their order
export const Inode = {
  HEIGHT: 2, FLAGS: 4, ROOT: 8, SIZE: 16, CTIME: 24, MTIME: 28, DTIME: 32, MODE: 36, LINKS: 38,
  BLOCKS: 40, UID: 56, GID: 60, GENERATION: 64, ATIME: 68, TRUNCATE_SIZE: 80, TRUNCATE_NEXT: 88,
} as const;
/** What most transactions log of an inode: one entry's worth. */
export const INODE_HEAD_BYTES = 48;
/** All of an inode but the truncate item. */
export const INODE_LOGGED_BYTES = 80;

/** The root directory. */
export const ROOT_INODE = 1;
/** Inodes 0 to 2 are reserved: none, root, and one that PMFS keeps for its free-block map. */
export const FIRST_FREE_INODE = 3;

/** File types in an inode's mode. */
export const Mode = { FILE: 0o100000, DIRECTORY: 0o040000, TYPE: 0o170000 } as const;

/** Offsets in a directory entry. */
export const Entry = { INODE: 0, RECORD_BYTES: 8, NAME_BYTES: 10, NAME: 12 } as const;
/** The longest name. */
export const NAME_BYTES_MAX = 255;

/** Bytes that an entry with a name of so many bytes needs. */
export function recordBytes(nameBytes: number): number {
  return (nameBytes + Entry.NAME + 3) & ~3;
}

/** Log entries that PMFS reserves for an inode and its tree. */
export const INODE_LOG_ENTRIES = 2;
/** Log entries that PMFS reserves for a directory entry. */
export const DIRENT_LOG_ENTRIES = 2;
/** The most log entries that the tree nodes of one write may need. */
export const TREE_LOG_ENTRIES_MAX = 100;

/** PMFS's journal_mutex. Lock ids are this and the following. */
export const LOCK_JOURNAL = 1;
/** PMFS's inode_table_mutex. */
export const LOCK_INODE_TABLE = 2;
/** PMFS's s_truncate_lock. */
export const LOCK_ORPHANS = 3;
/** PMFS's s_lock. */
export const LOCK_BLOCKS = 4;
/** For the program above the file system: `mysql`'s database. */
export const LOCK_PROGRAM = 8;
/** The mutex of inode n is LOCK_INODE + n. */
export const LOCK_INODE = 16;
