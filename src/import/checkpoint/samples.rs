//! Small files of weights for the tests, byte by byte: as PyTorch and safetensors write them, and, with a field
//! changed, as nobody would.

/// What makes up a tensor in a state dict.
#[derive(Clone)]
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) key: &'static str,
    pub(super) n_stored: i64,
    pub(super) first: i64,
    pub(super) shape: Vec<i64>,
    pub(super) stride: Vec<i64>,
}

/// A dense tensor with a storage of its own.
pub(super) fn sample(name: &'static str, kind: &'static str, key: &'static str, shape: &[i64]) -> Sample {
    let after = |i: usize| -> i64 { shape[i + 1..].iter().product() };
    let stride = (0..shape.len()).map(after).collect();
    Sample { name, kind, key, n_stored: shape.iter().product(), first: 0, shape: shape.to_vec(), stride }
}

pub(super) fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

pub(super) fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

pub(super) fn int(n: i64) -> Vec<u8> {
    match (u8::try_from(n), i32::try_from(n)) {
        (Ok(n), _) => vec![b'K', n],
        (_, Ok(n)) => [b"J".as_slice(), &n.to_le_bytes()].concat(),
        _ => [b"\x8a\x08".as_slice(), &n.to_le_bytes()].concat(),
    }
}

pub(super) fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    let items_in_row = items.concat();
    match items.len() {
        0 => b")".to_vec(),
        n @ 1..=3 => [items_in_row, vec![0x84 + n as u8]].concat(),
        _ => [b"(".to_vec(), items_in_row, b"t".to_vec()].concat(),
    }
}

fn ints(numbers: &[i64]) -> Vec<u8> {
    tuple(&numbers.iter().map(|n| int(*n)).collect::<Vec<_>>())
}

pub(super) fn call(callee: Vec<u8>, arguments: &[Vec<u8>]) -> Vec<u8> {
    [callee, tuple(arguments), b"R".to_vec()].concat()
}

pub(super) fn no_hooks() -> Vec<u8> {
    call(global("collections", "OrderedDict"), &[])
}

pub(super) fn tensor_arguments(sample: &Sample) -> Vec<Vec<u8>> {
    let kind = global("torch", sample.kind);
    let storage = tuple(&[text("storage"), kind, text(sample.key), text("cpu"), int(sample.n_stored)]);
    let storage = [storage, b"Q".to_vec()].concat();
    vec![storage, int(sample.first), ints(&sample.shape), ints(&sample.stride), vec![0x89], no_hooks()]
}

pub(super) fn tensor(sample: &Sample) -> Vec<u8> {
    call(global("torch._utils", "_rebuild_tensor_v2"), &tensor_arguments(sample))
}

pub(super) fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}q\x07(".to_vec(), entries, b"u".to_vec()].concat()
}

pub(super) fn pickle(value: &[u8]) -> Vec<u8> {
    [b"\x80\x02".as_slice(), value, b"."].concat()
}

/// As `torch.save(module.state_dict())` writes it, `_metadata` and all.
pub(super) fn state_dict(samples: &[Sample]) -> Vec<u8> {
    let entries: Vec<u8> = samples.iter().flat_map(|sample| [text(sample.name), tensor(sample)].concat()).collect();
    let metadata = dict(&[("_metadata", dict(&[("", dict(&[("version", int(1))]))]))]);
    pickle(&[no_hooks(), b"q\x00(".to_vec(), entries, b"u".to_vec(), metadata, b"b".to_vec()].concat())
}

/// What one of an entry's two headers says of it.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) n_packed: u32,
    pub(super) n_bytes: u32,
}

/// An entry of a zip archive.
#[derive(Clone)]
pub(super) struct Packed {
    pub(super) data: Vec<u8>,
    pub(super) listed: Said,
    pub(super) header: Said,
    pub(super) attributes: u32,
    /// Puts the directory's sizes and place in a zip64 field, as for an entry beyond 4 GiB.
    pub(super) is_wide: bool,
}

/// An entry as PyTorch writes one: its header has flags for a UTF-8 name and for sizes that follow the data.
pub(super) fn packed(name: &str, data: &[u8]) -> Packed {
    let n_bytes = data.len() as u32;
    let listed = Said { name: name.as_bytes().to_vec(), flags: 0x0808, method: 0, n_packed: n_bytes, n_bytes };
    let header = Said { n_packed: 0, n_bytes: 0, ..listed.clone() };
    Packed { data: data.to_vec(), listed, header, attributes: 0, is_wide: false }
}

fn said(said: &Said, n_extra: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    out.extend([said.flags, said.method].map(u16::to_le_bytes).concat());
    // Time and checksum, which nobody reads here.
    out.extend([0u8; 8]);
    out.extend([said.n_packed, said.n_bytes].map(u32::to_le_bytes).concat());
    out.extend([said.name.len() as u16, n_extra as u16].map(u16::to_le_bytes).concat());
    out
}

/// An archive as PyTorch writes one: data at multiples of 64, zip64 end records always.
pub(super) fn archive(entries: &[Packed]) -> Vec<u8> {
    let (mut out, mut directory): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = out.len() as u64;
        let n_padding = (64 - (out.len() + 30 + entry.header.name.len() + 4) % 64) % 64;
        let padding = [b"FB".as_slice(), &(n_padding as u16).to_le_bytes(), &vec![b'Z'; n_padding]].concat();
        out.extend(b"PK\x03\x04\x00\x00");
        out.extend(said(&entry.header, padding.len()));
        out.extend([entry.header.name.clone(), padding, entry.data.clone()].concat());
        out.extend(b"PK\x07\x08");
        out.extend([0, entry.data.len() as u32, entry.data.len() as u32].map(u32::to_le_bytes).concat());

        let mut listed = entry.listed.clone();
        let (mut place, mut zip64): (u32, Vec<u8>) = (start as u32, Vec::new());
        if entry.is_wide {
            zip64.extend(b"\x01\x00\x18\x00");
            let sizes = [listed.n_bytes, listed.n_packed].map(u64::from);
            zip64.extend([sizes[0], sizes[1], start].map(u64::to_le_bytes).concat());
            (listed.n_packed, listed.n_bytes, place) = (u32::MAX, u32::MAX, u32::MAX);
        }
        directory.extend(b"PK\x01\x02\x00\x00\x00\x00");
        directory.extend(said(&listed, zip64.len()));
        // No comment, disk 0, binary.
        directory.extend([0u8; 6]);
        directory.extend([entry.attributes, place].map(u32::to_le_bytes).concat());
        directory.extend([listed.name, zip64].concat());
    }
    let (start, n_bytes, n_entries) = (out.len() as u64, directory.len() as u64, entries.len() as u64);
    out.extend(directory);
    let end64 = out.len() as u64;
    out.extend(b"PK\x06\x06");
    out.extend(44u64.to_le_bytes());
    // Versions, and the numbers of disks.
    out.extend([0x1e, 0x03, 0x2d, 0, 0, 0, 0, 0, 0, 0, 0, 0u8]);
    out.extend([n_entries, n_entries, n_bytes, start].map(u64::to_le_bytes).concat());
    out.extend(b"PK\x06\x07\x00\x00\x00\x00");
    out.extend(end64.to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend([n_entries as u16, n_entries as u16].map(u16::to_le_bytes).concat());
    out.extend([n_bytes as u32, start as u32].map(u32::to_le_bytes).concat());
    out.extend([0u8; 2]);
    out
}

/// A file as `torch.save` writes it.
pub(super) fn torch_file(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let mut entries = vec![packed("model/data.pkl", pickle), packed("model/byteorder", b"little")];
    entries.extend(storages.iter().map(|(key, data)| packed(&format!("model/data/{key}"), data)));
    entries.push(packed("model/version", b"3\n"));
    archive(&entries)
}

pub(super) fn safetensors_file(header: &str, data: &[u8]) -> Vec<u8> {
    [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), data].concat()
}
