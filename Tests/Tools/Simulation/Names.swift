/// The parts of the attendees' names and companies; some have letters beyond ASCII, as real ones do.
enum Names {
    static let first = [
        "Amélie", "Ananya", "Anders", "Ayşe", "Bao", "Beatriz", "Björn", "Carlos", "Chiamaka", "Chloé", "Dana", "David",
        "Elif", "Emeka", "Emma", "Fatima", "Felix", "Françoise", "Gabriel", "Grace", "Hana", "Hiroshi", "Ingrid",
        "Ivan",
        "Jakub", "Jan", "Joana", "José", "Jürgen", "Kateřina", "Kenji", "Lars", "Leila", "Liam", "Lucía", "Maja",
        "Mara",
        "Marek", "Mei", "Miguel", "Nadia", "Noah", "Nuno", "Olga", "Omar", "Pam", "Paul", "Priya", "Rafał", "Ravi",
        "Rosa",
        "Saoirse", "Siobhán", "Sofia", "Søren", "Thandiwe", "Tomáš", "Uchenna", "Viktor", "Wei", "Yuki", "Zoë", "Éric",
        "Öykü", "Дмитрий", "Ελένη", "さくら",
    ]

    static let last = [
        "Adeyemi", "Almeida", "Andersson", "Bauer", "Bianchi", "Brown", "Chen", "Costa", "Çelik", "Dubois", "Dvořák",
        "Eriksen", "Fernández", "Fischer", "García", "González", "Grünwald", "Haddad", "Hansen", "Ito", "Ivanova",
        "Jansen",
        "Jensen", "Johnson", "Kaya", "Kim", "Kowalska", "Kumar", "Lambert", "Lefèvre", "Lindqvist", "Ľudovít", "Martin",
        "Mbeki", "Meier", "Moreau", "Müller", "Murphy", "Nakamura", "Nguyễn", "Nielsen", "Novák", "Nowak", "O'Brien",
        "Okafor", "Olsen", "Öztürk", "Park", "Patel", "Pereira", "Petrov", "Rossi", "Sato", "Schmidt", "Silva", "Singh",
        "Smith", "Søndergaard", "Strauß", "Suzuki", "Takahashi", "Tran", "Wang", "Wójcik", "Yılmaz", "Zhang", "Žižek",
    ]

    static let companyFirst = [
        "Alpha", "Amber", "Arctic", "Aurora", "Blue Heron", "Brightwater", "Café Central", "Cedar", "Cobalt", "Delta",
        "Evergreen", "Fjord", "Global", "Granite", "Harbour", "Hélios", "Iberia", "Juniper", "Kraków", "Lighthouse",
        "Lumière", "Meridian", "Müller & Söhne", "Nimbus", "Northern", "Océan", "Orchid", "Pacific", "Quantum",
        "Red Kite",
        "São Paulo", "Sequoia", "Silver Lake", "Solstice", "Terra", "Tundra", "Ünal", "Velvet", "Zürich", "みどり",
    ]

    static let companySecond = [
        "Analytics", "Biotech", "Consulting", "Design", "Energy", "Foods", "Health", "Instruments", "Labs", "Logistics",
        "Media", "Networks", "Optics", "Partners", "Robotics", "Software", "Studios", "Systems", "Textiles", "Water",
    ]
}

/// An attendee of the simulated event.
package struct Attendee: Hashable, Sendable {
    /// The given name.
    package let firstName: String
    /// The family name.
    package let lastName: String
    /// The employer.
    package let companyName: String
}
