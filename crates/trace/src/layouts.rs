//! What lies in closures and in adapters of iterators, and where.
//!
//! Neither has fields that a program could ask for. The debug information has them:
//! rustc describes a closure as a struct `{closure_env#0}` whose members are named as
//! the captured variables, those taken by reference behind `_ref__`.

use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, UnitOffset};
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::program::Program;

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// The symbol of the runtime from which addresses are counted: where a program
/// is loaded is known only when it runs.
const ANCHOR: &str = "__MT_ANCHOR";

/// A value in a closure or an adapter.
struct Member {
    name: String,
    /// Where it lies, in bytes.
    at: u64,
    /// In bytes.
    size: u64,
    /// As the runtime names types, `&mut alloc::string::String`; or `#` and the number
    /// of its layout.
    ty: String,
}

struct Layout {
    name: String,
    members: Vec<Member>,
}

/// All that is known of a program.
#[derive(Default)]
struct Layouts {
    all: Vec<Layout>,
    /// Variables of the program that hold such a value, and which.
    variables: BTreeMap<usize, usize>,
    /// Tables of methods, by their distance from the anchor.
    vtables: BTreeMap<i64, usize>,
}

/// Reads what a compiled program says of its closures and adapters, as lines for the
/// runtime:
///
/// ```text
/// layout 0 a closure
/// member 0 8 24 title alloc::string::String
/// variable 3 0
/// vtable -1024 0
/// ```
///
/// A layout and its name; the place and the size of a member, its name and type; a
/// variable and its layout; a table of methods and its layout. Where the debug
/// information lies elsewhere (macOS, Windows) there are none, and such values are
/// shown by their size.
pub(crate) fn lines(executable: &[u8], program: &Program) -> String {
    let layouts = read(executable, program).unwrap_or_default();
    let mut out = String::new();
    // Nothing that is written to a string fails.
    for (i, layout) in layouts.all.iter().enumerate() {
        let _ = writeln!(out, "layout {i} {}", layout.name);
        for m in &layout.members {
            let _ = writeln!(out, "member {i} {} {} {} {}", m.at, m.size, m.name, m.ty);
        }
    }
    for (variable, layout) in layouts.variables {
        let _ = writeln!(out, "variable {variable} {layout}");
    }
    for (distance, layout) in layouts.vtables {
        let _ = writeln!(out, "vtable {distance} {layout}");
    }
    out
}

fn read(executable: &[u8], program: &Program) -> Option<Layouts> {
    let file = object::File::parse(executable).ok()?;
    let anchor = file.symbols().find(|s| s.name() == Ok(ANCHOR))?.address();
    let section = |id: gimli::SectionId| -> Result<&[u8], gimli::Error> {
        let section = file.section_by_name(id.name());
        Ok(section.and_then(|s| s.data().ok()).unwrap_or_default())
    };
    let sections = gimli::DwarfSections::load(section).ok()?;
    let dwarf = sections.borrow(|data| EndianSlice::new(data, LittleEndian));
    let mut layouts = Layouts::default();
    let mut units = dwarf.units();
    while let Some(header) = units.next().ok()? {
        let unit = dwarf.unit(header).ok()?;
        let mut unit = Unit {
            dwarf: &dwarf,
            types: BTreeMap::new(),
            known: BTreeMap::new(),
            unit,
        };
        // What cannot be read is left out.
        if unit.read_types().is_some() {
            let _ = unit.read_variables(program, anchor, &mut layouts);
        }
    }
    Some(layouts)
}

/// One unit of the debug information.
struct Unit<'a> {
    dwarf: &'a gimli::Dwarf<Reader<'a>>,
    unit: gimli::Unit<Reader<'a>>,
    /// All its types, each with its path, as `type_name` has it.
    types: BTreeMap<UnitOffset, String>,
    /// The layouts that were read.
    known: BTreeMap<UnitOffset, Option<usize>>,
}

impl Unit<'_> {
    fn read_types(&mut self) -> Option<()> {
        let mut spaces: Vec<(isize, String)> = Vec::new();
        let mut entries = self.unit.entries();
        while let Some(entry) = entries.next_dfs().ok()? {
            let depth = entry.depth();
            spaces.retain(|(of, _)| *of < depth);
            let Some(name) = self.name(entry) else {
                continue;
            };
            match entry.tag() {
                gimli::DW_TAG_namespace => spaces.push((depth, name)),
                gimli::DW_TAG_structure_type | gimli::DW_TAG_enumeration_type
                    if !name.starts_with('&') =>
                {
                    let path = spaces.iter().map(|(_, space)| space.as_str());
                    let path: Vec<&str> = path.chain([name.as_str()]).collect();
                    self.types.insert(entry.offset(), plain(&path.join("::")));
                }
                _ => {
                    self.types.insert(entry.offset(), plain(&name));
                }
            }
        }
        Some(())
    }

    fn read_variables(
        &mut self,
        program: &Program,
        anchor: u64,
        layouts: &mut Layouts,
    ) -> Option<()> {
        // A generic function has its variables once for each type that it was called
        // with.
        let mut found: BTreeMap<usize, BTreeSet<Option<usize>>> = BTreeMap::new();
        let header = self.unit.header;
        let abbreviations = self.unit.abbreviations.clone();
        let mut entries = header.entries(&abbreviations);
        while let Some(entry) = entries.next_dfs().ok()? {
            let variable = matches!(
                entry.tag(),
                gimli::DW_TAG_variable | gimli::DW_TAG_formal_parameter
            );
            let (true, Some(name)) = (variable, self.name(entry)) else {
                continue;
            };
            let Some(ty) = reference(entry, gimli::DW_AT_type) else {
                continue;
            };
            if name.ends_with("::{vtable}") {
                let held = self.unit.entry(ty).ok();
                let held = held.and_then(|e| reference(&e, gimli::DW_AT_containing_type));
                let layout = held.and_then(|held| self.layout(held, layouts));
                if let (Some(layout), Some(address)) = (layout, self.address(entry)) {
                    let distance = address.wrapping_sub(anchor) as i64;
                    layouts.vtables.insert(distance, layout);
                }
                continue;
            }
            let line = entry.attr_value(gimli::DW_AT_decl_line);
            let line = line.and_then(|l| l.udata_value());
            for (v, variable) in program.variables.iter().enumerate() {
                if variable.name == name && Some(variable.line as u64) == line {
                    let layout = self.layout(ty, layouts);
                    found.entry(v).or_default().insert(layout);
                }
            }
        }
        for (variable, of) in found {
            if let [Some(layout)] = Vec::from_iter(of)[..] {
                layouts.variables.entry(variable).or_insert(layout);
            }
        }
        Some(())
    }

    /// The layout of the type at a place, if it is a closure or an adapter.
    fn layout(&mut self, at: UnitOffset, layouts: &mut Layouts) -> Option<usize> {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        self.known.insert(at, None);
        let path = self.types.get(&at)?;
        let own = path.split('<').next().and_then(|p| p.rsplit("::").next())?;
        let name = if own.starts_with("{closure_env#") {
            "a closure".to_string()
        } else if path.starts_with("core::iter::adapters::") {
            own.to_string()
        } else {
            return None;
        };
        let members = self.members(at, layouts)?;
        let number = layouts.all.len();
        layouts.all.push(Layout { name, members });
        self.known.insert(at, Some(number));
        Some(number)
    }

    fn members(&mut self, at: UnitOffset, layouts: &mut Layouts) -> Option<Vec<Member>> {
        let mut found = Vec::new();
        let mut tree = self.unit.entries_tree(Some(at)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Some(child) = children.next().ok()? {
            let entry = child.entry();
            if entry.tag() == gimli::DW_TAG_member {
                let at = entry.attr_value(gimli::DW_AT_data_member_location)?;
                let ty = reference(entry, gimli::DW_AT_type)?;
                found.push((at.udata_value()?, self.name(entry)?, ty));
            }
        }
        found.sort();
        let mut members = Vec::new();
        for (at, name, of) in found {
            let size = self.unit.entry(of).ok()?.attr_value(gimli::DW_AT_byte_size);
            let ty = match self.layout(of, layouts) {
                Some(number) => format!("#{number}"),
                None => self.types.get(&of)?.clone(),
            };
            members.push(Member {
                // Of a captured field, the path: `playlist__songs`.
                name: name.trim_start_matches("_ref__").replace("__", "."),
                at,
                size: match size {
                    Some(size) => size.udata_value()?,
                    // Of a thin pointer, it goes without saying.
                    None => u64::from(self.unit.encoding().address_size),
                },
                ty,
            });
        }
        Some(members)
    }

    fn name(&self, entry: &DebuggingInformationEntry<Reader>) -> Option<String> {
        let value = entry.attr_value(gimli::DW_AT_name)?;
        let text = self.dwarf.attr_string(&self.unit, value).ok()?;
        Some(text.to_string_lossy().into_owned())
    }

    /// Where a static of the program lies, as the linker placed it.
    fn address(&self, entry: &DebuggingInformationEntry<Reader>) -> Option<u64> {
        let AttributeValue::Exprloc(expression) = entry.attr_value(gimli::DW_AT_location)? else {
            return None;
        };
        let mut operations = expression.operations(self.unit.encoding());
        match operations.next().ok()? {
            Some(gimli::Operation::Address { address }) => Some(address),
            _ => None,
        }
    }
}

/// `type_name` leaves out what stands there by default.
fn plain(ty: &str) -> String {
    ty.replace(", alloc::alloc::Global", "")
        .replace(", std::hash::random::RandomState", "")
}

fn reference(
    entry: &DebuggingInformationEntry<Reader>,
    attribute: gimli::DwAt,
) -> Option<UnitOffset> {
    match entry.attr_value(attribute)? {
        AttributeValue::UnitRef(at) => Some(at),
        _ => None,
    }
}
