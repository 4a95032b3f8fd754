//! Reads the pickle inside a `torch.save` file as data. What a state dict is, is not known here.
//!
//! A pickle is a program. This machine knows the instructions that `torch.save` writes (protocols 2 to 5) and calls
//! nothing: a global makes a name out of a short list, and "calling" one of these makes a note of a dict or a tensor.
//! Whatever else a pickle names is refused under its name.
//!
//! Lists, dicts and tuples live in one row and know each other by number, so that a pickle that contains itself, or
//! one that holds the same list a billion times over, costs no more than its bytes; nothing here recurses.

use std::collections::HashMap;
use std::fmt::Display;

use super::opcode as op;
use crate::import::Refused;

/// Largest pickle; that of a 13B model has 0.1 MB.
pub(super) const MAX_BYTES: u64 = 64 << 20;
/// Most instructions; a tensor takes about 40.
const MAX_OPERATIONS: usize = 1_000_000;
/// How deep containers may lie in one another; a state dict needs four.
const MAX_DEPTH: usize = 64;
/// Most dimensions of a tensor; ggml has four.
const MAX_DIMENSIONS: usize = 8;

/// What a pickle holds, in rows that the [`Value`]s point into.
pub(super) struct Loaded<'a> {
    pub(super) result: Value<'a>,
    pub(super) containers: Vec<Container<'a>>,
    pub(super) storages: Vec<Storage<'a>>,
    pub(super) tensors: Vec<Tensor>,
}

/// Runs a pickle.
///
/// # Errors
/// [`Refused::WouldCall`] for a global off the list; [`Refused::TooLarge`], [`Refused::Unsupported`] and
/// [`Refused::Corrupt`] for what `torch.save` writes no state dict as.
pub(super) fn load(pickle: &[u8]) -> Result<Loaded<'_>, Refused> {
    let n_bytes = pickle.len();
    if n_bytes as u64 > MAX_BYTES {
        let what = "data.pkl".to_owned();
        return Err(Refused::TooLarge { what, n_bytes: n_bytes as u64, max_bytes: MAX_BYTES });
    }
    if pickle.first() != Some(&op::PROTO) {
        return Err(Refused::corrupt("data.pkl", pickle[..n_bytes.min(8)].escape_ascii()));
    }
    let mut machine = Machine { rest: pickle, n_bytes, ..Machine::default() };
    let result = machine.run()?;
    let Machine { containers, storages, tensors, .. } = machine;
    Ok(Loaded { result, containers, storages, tensors })
}

/// What the instructions push and pop. The indices point into the machine's rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    /// `None`, a truth value or a float: nothing that makes up a tensor.
    Other,
    Int(i64),
    Text(&'a str),
    Name(Name<'a>),
    Tuple(usize),
    List(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
}

impl Value<'_> {
    /// Its type, in Python's words where there is one.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Other => "constant",
            Self::Int(_) => "int",
            Self::Text(_) => "str",
            Self::Name(_) => "global",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Storage(_) => "Storage",
            Self::Tensor(_) => "Tensor",
        }
    }
}

/// The globals that a state dict needs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'a> {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// One of `torch`'s types of storage.
    Storage(&'a str),
}

impl<'a> Name<'a> {
    fn of(module: &str, name: &'a str) -> Result<Self, Refused> {
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Ok(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Ok(Self::RebuildParameter),
            ("torch", name) if name.ends_with("Storage") && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok(Self::Storage(name))
            }
            _ => Err(Refused::WouldCall { name: format!("{module}.{name}") }),
        }
    }
}

/// A tuple, a list, or a dict with its keys and values by turns.
#[derive(Debug)]
pub(super) struct Container<'a> {
    pub(super) items: Vec<Value<'a>>,
    depth: usize,
}

#[derive(Debug)]
pub(super) struct Storage<'a> {
    /// `torch`'s name for its type.
    pub(super) kind: &'a str,
    pub(super) key: &'a str,
    pub(super) n_elements: i64,
}

/// The arguments of `_rebuild_tensor_v2`, as they came.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) storage: usize,
    pub(super) first: i64,
    pub(super) shape: Vec<i64>,
    pub(super) stride: Vec<i64>,
}

#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    n_bytes: usize,
    stack: Vec<Value<'a>>,
    /// How high the stack was at each mark that is still open.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
    containers: Vec<Container<'a>>,
    storages: Vec<Storage<'a>>,
    tensors: Vec<Tensor>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Value<'a>, Refused> {
        for _ in 0..MAX_OPERATIONS {
            let [code] = self.array()?;
            if code == op::STOP {
                return self.pop();
            }
            self.step(code)?;
        }
        Err(self.broken(format!("> {MAX_OPERATIONS} opcodes")))
    }

    fn step(&mut self, code: u8) -> Result<(), Refused> {
        match code {
            op::PROTO => {
                let [version] = self.array()?;
                if !(2..=5).contains(&version) {
                    return Err(Refused::unsupported("pickle protocol", version, "2–5"));
                }
            }
            op::FRAME => {
                let n_bytes = u64::from_le_bytes(self.array()?);
                if n_bytes > self.rest.len() as u64 {
                    return Err(self.broken(format!("FRAME {n_bytes}")));
                }
            }
            op::NONE | op::NEWTRUE | op::NEWFALSE => self.stack.push(Value::Other),
            op::BINFLOAT => {
                self.array::<8>()?;
                self.stack.push(Value::Other);
            }
            op::BININT => {
                let n = i32::from_le_bytes(self.array()?);
                self.stack.push(Value::Int(n.into()));
            }
            op::BININT1 => {
                let [n] = self.array()?;
                self.stack.push(Value::Int(n.into()));
            }
            op::BININT2 => {
                let n = u16::from_le_bytes(self.array()?);
                self.stack.push(Value::Int(n.into()));
            }
            op::LONG1 => {
                let [n_bytes] = self.array()?;
                let n = self.long(n_bytes)?;
                self.stack.push(Value::Int(n));
            }
            op::SHORT_BINUNICODE => {
                let [n_bytes] = self.array()?;
                self.text(n_bytes.into())?;
            }
            op::BINUNICODE => {
                let n_bytes = u32::from_le_bytes(self.array()?);
                self.text(n_bytes.into())?;
            }
            op::BINUNICODE8 => {
                let n_bytes = u64::from_le_bytes(self.array()?);
                self.text(n_bytes)?;
            }
            op::MARK if self.marks.len() < MAX_DEPTH => self.marks.push(self.stack.len()),
            op::MARK => return Err(self.broken(format!("> {MAX_DEPTH} MARK"))),
            op::POP_MARK => {
                self.pop_to_mark()?;
            }
            // Python's own machine takes back a mark in the same way.
            op::POP if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            op::POP => {
                self.pop()?;
            }
            op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => {
                let index = match code {
                    op::BINPUT => u32::from(self.array::<1>()?[0]),
                    op::LONG_BINPUT => u32::from_le_bytes(self.array()?),
                    _ => self.memo.len() as u32,
                };
                let top = self.top()?;
                self.memo.insert(index, top);
            }
            op::BINGET | op::LONG_BINGET => {
                let index = match code {
                    op::BINGET => u32::from(self.array::<1>()?[0]),
                    _ => u32::from_le_bytes(self.array()?),
                };
                let value = *self.memo.get(&index).ok_or_else(|| self.broken(format!("memo {index}")))?;
                self.stack.push(value);
            }
            op::GLOBAL => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Name(Name::of(module, name)?));
            }
            op::STACK_GLOBAL => match self.pop_many(2)?[..] {
                [Value::Text(module), Value::Text(name)] => self.stack.push(Value::Name(Name::of(module, name)?)),
                _ => return Err(self.broken("STACK_GLOBAL")),
            },
            _ => return self.step_over_containers(code),
        }
        Ok(())
    }

    /// The instructions that make containers, fill them, and use them as arguments.
    fn step_over_containers(&mut self, code: u8) -> Result<(), Refused> {
        match code {
            op::EMPTY_TUPLE => self.push_container(Value::Tuple, Vec::new()),
            op::EMPTY_LIST => self.push_container(Value::List, Vec::new()),
            op::EMPTY_DICT => self.push_container(Value::Dict, Vec::new()),
            op::TUPLE => {
                let items = self.pop_to_mark()?;
                self.push_container(Value::Tuple, items)
            }
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => {
                let items = self.pop_many(usize::from(code - op::TUPLE1) + 1)?;
                self.push_container(Value::Tuple, items)
            }
            op::APPEND | op::APPENDS => {
                let items = if code == op::APPEND { self.pop_many(1)? } else { self.pop_to_mark()? };
                match self.top()? {
                    Value::List(list) => self.fill(list, items),
                    _ => Err(self.broken("APPEND")),
                }
            }
            op::SETITEM | op::SETITEMS => {
                let items = if code == op::SETITEM { self.pop_many(2)? } else { self.pop_to_mark()? };
                match self.top()? {
                    Value::Dict(dict) if items.len().is_multiple_of(2) => self.fill(dict, items),
                    _ => Err(self.broken("SETITEM")),
                }
            }
            // The state that a state dict is given is its `_metadata`: versions of modules.
            op::BUILD => match (self.pop()?, self.top()?) {
                (Value::Dict(_), Value::Dict(_)) => Ok(()),
                _ => Err(self.broken("BUILD")),
            },
            op::BINPERSID => {
                let storage = self.pop()?;
                self.push_storage(storage)
            }
            op::REDUCE => match self.pop_many(2)?[..] {
                [Value::Name(name), Value::Tuple(arguments)] => self.reduce(name, arguments),
                _ => Err(self.broken("REDUCE")),
            },
            _ => Err(self.broken(format!("opcode {code:#04x}"))),
        }
    }

    /// Makes a note of what calling `name` would have made.
    fn reduce(&mut self, name: Name<'a>, arguments: usize) -> Result<(), Refused> {
        let items = &self.containers[arguments].items;
        match (name, items.as_slice()) {
            (Name::OrderedDict, []) => self.push_container(Value::Dict, Vec::new()),
            (Name::RebuildParameter, &[tensor @ Value::Tensor(_), _, _]) => {
                self.stack.push(tensor);
                Ok(())
            }
            // A seventh argument says how the numbers are to be changed when read (negated, conjugated).
            (
                Name::RebuildTensor,
                &[Value::Storage(storage), Value::Int(first), Value::Tuple(shape), Value::Tuple(stride), _, _],
            ) => {
                let (shape, stride) = (self.dimensions(shape)?, self.dimensions(stride)?);
                self.stack.push(Value::Tensor(self.tensors.len()));
                self.tensors.push(Tensor { storage, first, shape, stride });
                Ok(())
            }
            (Name::Storage(kind), _) => Err(Refused::WouldCall { name: format!("torch.{kind}") }),
            _ => Err(self.broken(format!("REDUCE {name:?}"))),
        }
    }

    fn dimensions(&self, tuple: usize) -> Result<Vec<i64>, Refused> {
        let items = &self.containers[tuple].items;
        if items.len() > MAX_DIMENSIONS {
            return Err(self.broken(format!("{} dimensions", items.len())));
        }
        let size = |item: &Value<'_>| if let Value::Int(n) = item { Ok(*n) } else { Err(self.broken("size")) };
        items.iter().map(size).collect()
    }

    fn push_storage(&mut self, id: Value<'a>) -> Result<(), Refused> {
        let items = if let Value::Tuple(id) = id { self.containers[id].items.as_slice() } else { &[] };
        // The fourth says which device it was on.
        let &[Value::Text("storage"), Value::Name(Name::Storage(kind)), Value::Text(key), _, Value::Int(n_elements)] =
            items
        else {
            return Err(self.broken("BINPERSID"));
        };
        self.stack.push(Value::Storage(self.storages.len()));
        self.storages.push(Storage { kind, key, n_elements });
        Ok(())
    }

    fn push_container(&mut self, as_value: fn(usize) -> Value<'a>, items: Vec<Value<'a>>) -> Result<(), Refused> {
        let index = self.containers.len();
        self.containers.push(Container { items: Vec::new(), depth: 1 });
        self.stack.push(as_value(index));
        self.fill(index, items)
    }

    fn fill(&mut self, container: usize, items: Vec<Value<'a>>) -> Result<(), Refused> {
        let depth = items.iter().map(|item| match *item {
            Value::Tuple(inner) | Value::List(inner) | Value::Dict(inner) => self.containers[inner].depth + 1,
            _ => 1,
        });
        let depth = depth.max().unwrap_or(1);
        if depth > MAX_DEPTH {
            return Err(self.broken(format!("depth > {MAX_DEPTH}")));
        }
        let container = &mut self.containers[container];
        container.depth = container.depth.max(depth);
        // A container that was empty, as nearly all are, takes over the items without a copy.
        if container.items.is_empty() {
            container.items = items
        } else {
            container.items.extend(items)
        }
        Ok(())
    }

    fn top(&self) -> Result<Value<'a>, Refused> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack[floor..].last().copied().ok_or_else(|| self.broken("stack"))
    }

    fn pop(&mut self) -> Result<Value<'a>, Refused> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_many(&mut self, n: usize) -> Result<Vec<Value<'a>>, Refused> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(n) {
            Some(start) if start >= floor => Ok(self.stack.split_off(start)),
            _ => Err(self.broken("stack")),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>, Refused> {
        let start = self.marks.pop().ok_or_else(|| self.broken("MARK"))?;
        Ok(self.stack.split_off(start))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.broken("end"))?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, n_bytes: u64) -> Result<&'a [u8], Refused> {
        let all = self.rest;
        let taken = usize::try_from(n_bytes).ok().and_then(|n| all.split_at_checked(n));
        let (taken, rest) = taken.ok_or_else(|| self.broken(format!("{n_bytes} bytes")))?;
        self.rest = rest;
        Ok(taken)
    }

    fn text(&mut self, n_bytes: u64) -> Result<(), Refused> {
        let bytes = self.take(n_bytes)?;
        let text = str::from_utf8(bytes).map_err(|_| self.broken("UTF-8"))?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str, Refused> {
        let n_bytes = self.rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| self.broken("end"))?;
        let line = self.take(n_bytes as u64)?;
        self.array::<1>()?;
        str::from_utf8(line).map_err(|_| self.broken("UTF-8"))
    }

    /// A two's complement number of up to eight bytes.
    fn long(&mut self, n_bytes: u8) -> Result<i64, Refused> {
        let bytes = self.take(n_bytes.into())?;
        let is_negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
        let mut all = [if is_negative { 0xff } else { 0 }; 8];
        let low = all.get_mut(..bytes.len()).ok_or_else(|| self.broken(format!("LONG1 {n_bytes}")))?;
        low.copy_from_slice(bytes);
        Ok(i64::from_le_bytes(all))
    }

    /// What is wrong at the byte reached.
    fn broken(&self, value: impl Display) -> Refused {
        Refused::corrupt(format!("data.pkl @ {}", self.n_bytes - self.rest.len()), value)
    }
}

#[cfg(test)]
#[path = "pickle_tests.rs"]
mod tests;
