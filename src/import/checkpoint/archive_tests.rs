use super::super::samples::{Packed, Said, archive, packed};
use super::*;

fn three() -> [Packed; 3] {
    [packed("model/data.pkl", b"pickle"), packed("model/data/0", &[7; 200]), packed("model/data/1", b"")]
}

fn read(entries: &[Packed]) -> Result<HashMap<String, Entry>, Refused> {
    read_entries(&archive(entries))
}

fn data<'a>(file: &'a [u8], entry: &Entry) -> &'a [u8] {
    &file[entry.offset as usize..(entry.offset + entry.n_bytes) as usize]
}

#[test]
fn entries_are_found_where_their_data_is() {
    let file = archive(&three());
    let entries = read_entries(&file).unwrap();
    assert_eq!(entries.len(), 3);
    for packed in three() {
        let entry = &entries[str::from_utf8(&packed.listed.name).unwrap()];
        assert_eq!(data(&file, entry), packed.data);
        assert_eq!(entry.offset % 64, 0);
    }
    assert_eq!(read(&[]), Ok(HashMap::new()));
}

#[test]
fn sizes_may_stand_in_both_headers_and_in_zip64_fields() {
    let [first, mut second, third] = three();
    let plain = Said { flags: 0, ..second.listed.clone() };
    (second.listed, second.header) = (plain.clone(), plain);
    let wide = Packed { is_wide: true, ..third };
    let last = Packed { is_wide: true, ..packed("model/data/2", &[9; 5]) };
    let entries = [wide, first, second, last];
    let file = archive(&entries);
    let found = read_entries(&file).unwrap();
    assert_eq!(data(&file, &found["model/data/0"]), [7; 200]);
    assert_eq!(data(&file, &found["model/data/1"]), b"");
    assert_eq!(data(&file, &found["model/data/2"]), [9; 5]);
}

#[test]
fn an_archive_without_zip64_records_will_do() {
    let mut file = archive(&three());
    let end = file.split_off(file.len() - 22);
    file.truncate(file.len() - 76);
    file.extend(end);
    assert_eq!(read_entries(&file).unwrap().len(), 3);
}

#[test]
fn what_torch_never_writes_is_refused() {
    let change = |change: fn(&mut Packed)| {
        let mut entries = three();
        change(&mut entries[1]);
        read(&entries).unwrap_err()
    };
    type Spoil = fn(&mut Packed);
    let unsupported: [(Spoil, &str); 5] = [
        (|entry| entry.listed.flags |= 1, "encrypted"),
        (|entry| entry.listed.method = 8, "compressed (8)"),
        (|entry| entry.listed.method = 99, "compressed (99)"),
        (|entry| entry.attributes = 0o120_777 << 16, "symlink"),
        (|entry| entry.attributes = 0o120_000 << 16, "symlink"),
    ];
    for (fault, told) in unsupported {
        let why = change(fault);
        assert!(matches!(&why, Refused::Unsupported { value, .. } if value == told), "{told}: {why}");
    }
    let corrupt: [fn(&mut Packed); 19] = [
        |entry| entry.header.flags |= 1,
        |entry| entry.header.flags = 0,
        |entry| entry.header.method = 8,
        |entry| entry.header.name = b"model/data/9".to_vec(),
        |entry| entry.header.name = b"model/data/00".to_vec(),
        |entry| entry.header.n_bytes = 200,
        |entry| (entry.header.n_bytes, entry.header.n_packed) = (199, 199),
        |entry| (entry.listed.flags, entry.header.flags) = (0, 0),
        |entry| entry.listed.n_packed = 100,
        |entry| entry.listed.n_bytes = 1 << 30,
        |entry| (entry.listed.n_bytes, entry.listed.n_packed) = (1 << 30, 1 << 30),
        |entry| (entry.listed.n_bytes, entry.listed.n_packed) = (u32::MAX, u32::MAX),
        |entry| rename(entry, "model/data.pkl"),
        |entry| rename(entry, "../model/data/0"),
        |entry| rename(entry, "model/../data/0"),
        |entry| rename(entry, "/model/data/0"),
        |entry| rename(entry, "C:/model/data/0"),
        |entry| rename(entry, "model\\data\\0"),
        |entry| entry.listed.name = b"\xff".to_vec(),
    ];
    for (i, fault) in corrupt.into_iter().enumerate() {
        let why = change(fault);
        assert!(matches!(why, Refused::Corrupt { .. }), "{i}: {why}");
    }
}

fn rename(entry: &mut Packed, name: &str) {
    entry.listed.name = name.as_bytes().to_vec();
    entry.header.name = name.as_bytes().to_vec();
}

#[test]
fn a_directory_that_is_not_the_end_of_the_file() {
    let file = archive(&three());
    assert_eq!(read_entries(&[file.clone(), vec![0]].concat()), Err(Refused::NoDirectory));
    assert!(matches!(read_entries(&[vec![0; 64], file.clone()].concat()), Err(Refused::Corrupt { .. })));
    let two = [file.clone(), file.clone()].concat();
    assert!(matches!(read_entries(&two), Err(Refused::Corrupt { .. })));
    let mut commented = file.clone();
    commented[file.len() - 2] = 1;
    commented.push(b'!');
    assert_eq!(read_entries(&commented), Err(Refused::NoDirectory));
}

#[test]
fn more_entries_than_there_are() {
    for n_entries in [0, 2, 4, 1 << 40, u64::MAX] {
        let mut file = archive(&three());
        let end64 = file.len() - 98;
        file[end64 + 24..end64 + 32].copy_from_slice(&u64::to_le_bytes(n_entries));
        file[end64 + 32..end64 + 40].copy_from_slice(&u64::to_le_bytes(n_entries));
        assert!(matches!(read_entries(&file), Err(Refused::Corrupt { .. })), "{n_entries}");
    }
}

#[test]
fn a_directory_larger_than_any_is_not_read() {
    let mut file = vec![0; 17 << 20];
    let n_directory = file.len() as u64;
    let mut end = archive(&[]);
    end[40..48].copy_from_slice(&n_directory.to_le_bytes());
    end[48..56].copy_from_slice(&0u64.to_le_bytes());
    end[64..72].copy_from_slice(&n_directory.to_le_bytes());
    file.extend(end);
    assert!(matches!(read_entries(&file), Err(Refused::TooLarge { .. })));
}

#[test]
fn cut_anywhere_it_is_refused_and_changed_anywhere_it_stays_inside() {
    let good = archive(&three());
    for n in 0..good.len() {
        assert_eq!(read_entries(&good[..n].to_vec()), Err(Refused::NoDirectory), "{n}");
    }
    let mut changed = good.clone();
    for i in 0..good.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff, good[i] ^ 1, good[i] ^ 0x10] {
            changed[i] = byte;
            if let Ok(entries) = read_entries(&changed) {
                entries.values().for_each(|entry| assert!(entry.offset + entry.n_bytes <= good.len() as u64));
            }
        }
        changed[i] = good[i];
    }
}
