//! The tensors of a checkpoint, quantized, into their places in a GGUF file: a slab of rows at a time, so that memory
//! does not grow with the model. One thread reads ahead while the others quantize.
//!
//! Tensors are finished in the order of the file, and each is told when it is: whoever goes on with a file later
//! begins behind the last one told.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::slice;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::Refused;
use super::checkpoint::{Checkpoint, Stored};
use super::quantize::quantize;
use super::source::ReadAt;
use super::tensors::{Mapped, Mapping, Regrouping};
use super::widen::widen;
use crate::gguf::write::Draft;
use crate::gguf::{Tensor, TensorType};
use crate::tr;

/// Source bytes of a slab. A slab is read while another is quantized, so twice this and the result are in memory.
const SLAB_BYTES: u64 = 64 << 20;

/// Source bytes that are told to be read next, before they are: more than a source far away will hold in memory.
const AHEAD_BYTES: u64 = 2 * SLAB_BYTES;

/// Numbers that are quantized at once by one thread.
const BATCH_ELEMENTS: usize = 1 << 16;

/// Why a file was not finished.
#[derive(Debug)]
pub enum Unfinished {
    /// The source is no good.
    Refused(Refused),
    /// The file cannot be written.
    Write(io::Error),
    /// Whoever was told of progress wanted no more.
    Stopped,
}

impl From<Refused> for Unfinished {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Tensors that are in the file, with their padding.
    pub n_finished: usize,
    /// Bytes of all the source's tensors that have been quantized, those of earlier calls included.
    pub n_source_bytes: u64,
}

/// A conversion: what there is, what it becomes.
#[derive(Clone, Copy)]
pub struct Conversion<'a> {
    /// The source.
    pub checkpoint: &'a Checkpoint,
    /// Which of its tensors becomes which.
    pub mapping: &'a Mapping,
    /// The file.
    pub draft: &'a Draft,
}

impl<'a> Conversion<'a> {
    fn stored(&self, i: usize) -> (&'a Stored, &'a Mapped, &'a Tensor) {
        let mapped = &self.mapping.tensors[i];
        (&self.checkpoint.tensors[mapped.source].1, mapped, &self.draft.tensors()[i])
    }

    /// Bytes of the source that tensors before number `n` are made of.
    #[must_use]
    pub fn n_source_bytes(&self, n: usize) -> u64 {
        (0..n).map(|i| self.stored(i).0.n_bytes).sum()
    }

    /// Writes the tensors from number `first` on, each followed by its padding. `tell` is called after each slab.
    ///
    /// # Errors
    /// [`Unfinished`]; the tensors told to be finished are in the file then.
    pub fn write(
        &self,
        file: &mut File,
        first: usize,
        n_threads: NonZero<usize>,
        tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Unfinished> {
        let n_tensors = self.mapping.tensors.len();
        if first >= n_tensors {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.draft.position(first))).map_err(Unfinished::Write)?;
        let mut progress = Progress { n_finished: first, n_source_bytes: self.n_source_bytes(first) };
        thread::scope(|scope| {
            // One slab waits in the channel's hands while the next is read: a capacity of none is enough for that.
            let (send, slabs) = sync_channel(0);
            scope.spawn(move || self.read(first, &send));
            let written = self.quantize_all(file, &slabs, n_threads, &mut progress, tell);
            if written.is_err() {
                // Why it ended would else be told only when the next slab has come from far away, or never will.
                self.checkpoint.shards.iter().for_each(|shard| shard.source.give_up());
            }
            written
        })
    }

    /// Reads every slab and hands it over, until nobody takes them any more.
    fn read(&self, first: usize, send: &SyncSender<Result<Slab, Refused>>) {
        let slabs: Vec<Slab> = (first..self.mapping.tensors.len()).flat_map(|i| self.slabs(i)).collect();
        let places: Vec<(&dyn ReadAt, Range<u64>)> = slabs.iter().map(|slab| self.place(slab)).collect();
        let (mut n_told, mut n_ahead_bytes) = (0, 0);
        for (i, slab) in slabs.into_iter().enumerate() {
            while let Some((source, part)) = places.get(n_told).filter(|_| n_told <= i || n_ahead_bytes < AHEAD_BYTES) {
                source.expect(slice::from_ref(part));
                n_ahead_bytes += part.end - part.start;
                n_told += 1;
            }
            let (source, part) = &places[i];
            n_ahead_bytes -= part.end - part.start;
            let read = slab.filled(*source, part);
            let is_last = read.is_err();
            if send.send(read).is_err() || is_last {
                return;
            }
        }
    }

    /// The slabs of tensor `i`, none of them read. Where rows change places, the tensor is one slab.
    fn slabs(&self, i: usize) -> impl Iterator<Item = Slab> {
        let (stored, mapped, _) = self.stored(i);
        let (n_rows, n_columns) = grid(mapped);
        let row_bytes = stored.kind.row_bytes(n_columns);
        let step = if mapped.regrouping.is_some() { n_rows } else { (SLAB_BYTES / row_bytes).clamp(1, n_rows) };
        (0..n_rows.div_ceil(step)).map(move |slab| {
            let first_row = slab * step;
            Slab { tensor: i, first_row, n_rows: step.min(n_rows - first_row), bytes: Vec::new() }
        })
    }

    /// Where a slab is in the source.
    fn place(&self, slab: &Slab) -> (&'a dyn ReadAt, Range<u64>) {
        let (stored, mapped, _) = self.stored(slab.tensor);
        let source = self.checkpoint.shards[self.checkpoint.tensors[mapped.source].0].source.as_ref();
        let row_bytes = stored.kind.row_bytes(grid(mapped).1);
        let start = stored.offset + slab.first_row * row_bytes;
        (source, start..start + slab.n_rows * row_bytes)
    }

    fn quantize_all(
        &self,
        file: &mut File,
        slabs: &Receiver<Result<Slab, Refused>>,
        n_threads: NonZero<usize>,
        progress: &mut Progress,
        tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Unfinished> {
        let mut blocks = Vec::new();
        for slab in slabs {
            let slab = slab?;
            let (stored, mapped, tensor) = self.stored(slab.tensor);
            let row = Row::of(stored, mapped, tensor);
            blocks.clear();
            blocks.resize(slab.n_rows as usize * row.block_bytes, 0);
            row.quantize(&slab, &mut blocks, n_threads)?;
            file.write_all(&blocks).map_err(Unfinished::Write)?;
            progress.n_source_bytes += slab.bytes.len() as u64;
            if slab.first_row + slab.n_rows == grid(mapped).0 {
                let padding = vec![0; self.draft.n_padding(slab.tensor) as usize];
                file.write_all(&padding).map_err(Unfinished::Write)?;
                progress.n_finished = slab.tensor + 1;
            }
            if tell(*progress).is_break() {
                return Err(Unfinished::Stopped);
            }
        }
        Ok(())
    }
}

/// Rows and columns. Regrouping moves rows, so of a bias that is regrouped each number is one.
fn grid(mapped: &Mapped) -> (u64, u64) {
    match mapped.dims[..] {
        [n] if mapped.regrouping.is_some() => (n, 1),
        _ => (mapped.dims.iter().skip(1).product(), mapped.dims[0]),
    }
}

/// Some rows of a tensor, as the source has them.
struct Slab {
    tensor: usize,
    first_row: u64,
    n_rows: u64,
    bytes: Vec<u8>,
}

impl Slab {
    fn filled(mut self, source: &dyn ReadAt, part: &Range<u64>) -> Result<Self, Refused> {
        self.bytes.resize((part.end - part.start) as usize, 0);
        source.read_at(part.start, &mut self.bytes)?;
        Ok(self)
    }
}

/// What happens to each row of a tensor.
struct Row<'a> {
    name: &'a str,
    from: TensorType,
    n_columns: usize,
    source_bytes: usize,
    to: TensorType,
    block_bytes: usize,
    regrouping: Option<Regrouping>,
}

impl<'a> Row<'a> {
    fn of(stored: &Stored, mapped: &'a Mapped, tensor: &Tensor) -> Self {
        let (_, n_columns) = grid(mapped);
        Self {
            name: &mapped.name,
            from: stored.kind,
            n_columns: n_columns as usize,
            source_bytes: stored.kind.row_bytes(n_columns) as usize,
            to: tensor.kind,
            block_bytes: tensor.kind.row_bytes(n_columns) as usize,
            regrouping: mapped.regrouping,
        }
    }

    /// Quantizes a slab, each thread its share of the rows.
    fn quantize(&self, slab: &Slab, blocks: &mut [u8], n_threads: NonZero<usize>) -> Result<(), Refused> {
        let n_share = (slab.n_rows as usize).div_ceil(n_threads.get()).max(1);
        thread::scope(|scope| {
            let shares = blocks.chunks_mut(n_share * self.block_bytes).enumerate();
            let threads: Vec<_> =
                shares.map(|(i, share)| scope.spawn(move || self.quantize_share(slab, i * n_share, share))).collect();
            threads.into_iter().try_for_each(|thread| match thread.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
    }

    fn quantize_share(&self, slab: &Slab, first: usize, blocks: &mut [u8]) -> Result<(), Refused> {
        let n_batch = (BATCH_ELEMENTS / self.n_columns).max(1);
        let mut numbers = Vec::new();
        for (i, batch) in blocks.chunks_mut(n_batch * self.block_bytes).enumerate() {
            let n = batch.len() / self.block_bytes;
            numbers.resize(n * self.n_columns, 0.0);
            let rows = first + i * n_batch..first + i * n_batch + n;
            for (row, numbers) in rows.clone().zip(numbers.chunks_mut(self.n_columns)) {
                widen(self.from, self.source_row(slab, row), numbers);
            }
            if !numbers.iter().all(|number| number.is_finite()) {
                return Err(Refused::corrupt(self.name, tr!("NaN 或无穷大", "NaN or infinity")));
            }
            if self.from == self.to {
                // Quantized once more, even to the same type, some numbers would become others.
                for (row, blocks) in rows.zip(batch.chunks_mut(self.block_bytes)) {
                    blocks.copy_from_slice(self.source_row(slab, row));
                }
            } else if !quantize(self.to, self.n_columns, &numbers, batch) {
                let kind = self.to.name();
                return Err(Refused::corrupt(self.name, tr!("对 {kind} 来说太大的数", "numbers too large for {kind}")));
            }
        }
        Ok(())
    }

    /// The bytes of the source that become this row of the slab.
    fn source_row<'b>(&self, slab: &'b Slab, row: usize) -> &'b [u8] {
        // A regrouped tensor is one slab, so that the row it wants is in it.
        let row = self.regrouping.map_or(row, |regrouping| regrouping.source_row(row as u64) as usize);
        &slab.bytes[row * self.source_bytes..(row + 1) * self.source_bytes]
    }
}
