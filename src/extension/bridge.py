# Runs PyRestTest's extensions for resttest: JSON lines in and out, as EXTENSIONS.md has them.
import base64, builtins, importlib.machinery, json, logging, operator, os, re, string, sys, traceback, types

MODULES = sys.argv[2]
lines = os.fdopen(os.dup(0), 'rb')
answers = os.fdopen(os.dup(1), 'wb')
# Whatever modules print is for people, and nothing is there for them to read.
os.dup2(2, 1)
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
sys.stdout, sys.stdin = sys.stderr, open(0, closefd=False)
sys.argv[:] = ['resttest']
logging.basicConfig(stream=sys.stderr)


def stand_in(name, names, **more):
    module = types.ModuleType(name)
    for each in names:
        setattr(module, each.__name__, each)
    module.__dict__.update(more)
    module.__file__ = 'resttest'
    sys.modules[name] = module
    parent, _, last = name.rpartition('.')
    if parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    return module


class OfText(type):
    def __instancecheck__(cls, value):
        return isinstance(value, (str, bytes))

    def __subclasscheck__(cls, other):
        return issubclass(other, (str, bytes))


basestring = OfText('basestring', (object,), {})


class Body(bytes):
    """The body's bytes, which can also be asked for text."""

    def __contains__(self, part):
        return bytes.__contains__(self, part.encode('utf-8') if isinstance(part, str) else part)


class Context(object):
    def __init__(self):
        self.variables, self.generators, self.mod_count = {}, {}, 0
        # What modules have set, for the tests to come.
        self.bound = {}

    def bind_variable(self, variable_name, variable_value):
        if self.variables.get(str(variable_name)) != variable_value:
            self.variables[str(variable_name)] = self.bound[str(variable_name)] = variable_value
            self.mod_count += 1

    def bind_variables(self, variable_map):
        for name, value in variable_map.items():
            self.bind_variable(name, value)

    def add_generator(self, generator_name, generator):
        if not isinstance(generator, types.GeneratorType):
            raise ValueError('{0} is no generator'.format(generator_name))
        self.generators[str(generator_name)] = generator

    def bind_generator_next(self, variable_name, generator_name):
        value = next(self.generators[str(generator_name)])
        self.bind_variable(variable_name, value)
        return value

    def get_values(self):
        return self.variables

    def get_value(self, variable_name):
        return self.variables.get(str(variable_name))

    def get_generators(self):
        return self.generators

    def get_generator(self, generator_name):
        return self.generators.get(str(generator_name))


def encode_unicode_bytes(my_string):
    if not isinstance(my_string, (str, bytes)):
        my_string = repr(my_string)
    return my_string.encode('utf-8') if isinstance(my_string, str) else my_string


def safe_substitute_unicode_template(templated_string, variable_map):
    return string.Template(templated_string).safe_substitute(variable_map)


def safe_to_json(in_obj):
    return getattr(in_obj, '__dict__', None) or str(in_obj)


def flatten_dictionaries(input):
    if not isinstance(input, list):
        return input
    output = {}
    for each in input:
        output.update(each)
    return output


def lowercase_keys(input_dict):
    if not isinstance(input_dict, dict):
        return input_dict
    return {str(key).lower(): value for key, value in input_dict.items()}


def safe_to_bool(input):
    if isinstance(input, bool):
        return input
    if isinstance(input, (str, bytes)) and input.lower() in ('true', 'false'):
        return input.lower() == 'true'
    raise TypeError('{0!r} is neither true nor false'.format(input))


class ContentHandler:
    content, is_file, is_template_path, is_template_content = None, False, False, False

    def is_dynamic(self):
        return self.is_template_path or self.is_template_content

    def get_content(self, context=None):
        fill = lambda text, wanted: string.Template(text).safe_substitute(
            context.get_values()) if wanted and context else text
        if not self.is_file:
            return fill(self.content, self.is_template_content)
        with open(fill(self.content, self.is_template_path)) as file:
            return fill(file.read(), self.is_template_content)

    def create_noread_version(self):
        if not self.is_file or self.is_template_path:
            return self
        output = ContentHandler()
        output.is_template_content = self.is_template_content
        with open(self.content) as file:
            output.content = file.read()
        return output

    def setup(self, input, is_file=False, is_template_path=False, is_template_content=False):
        if not isinstance(input, basestring):
            raise TypeError('Input is not a string')
        self.content = os.path.abspath(input) if is_file else input
        self.is_file, self.is_template_path, self.is_template_content = is_file, is_template_path, is_template_content

    @staticmethod
    def parse_content(node):
        output, file, content, path = ContentHandler(), False, False, False
        while not isinstance(node, basestring):
            if not isinstance(node, (dict, list)):
                raise TypeError('Content must be a string, dictionary, or list of dictionaries')
            node = lowercase_keys(flatten_dictionaries(node))
            if 'file' in node and not file:
                node, file = node['file'], True
            elif 'template' in node:
                node = node['template']
                path, content = path or file, content or not file
            else:
                raise Exception('Invalid configuration for content.')
        output.setup(node, file, path, content)
        return output


GENERATOR_TYPES, GENERATOR_PARSING = set(), {}


def register_generator(typename, parse_function):
    if not isinstance(typename, basestring):
        raise TypeError('Generator type name {0} is invalid, must be a string'.format(typename))
    GENERATOR_TYPES.add(typename)
    keep(GENERATOR_PARSING, typename, parse_function, 'generators')


def factory_generate_ids(starting_id=1, increment=1):
    def ids():
        value = starting_id
        while True:
            yield value
            value += increment
    return ids


def generator_basic_ids():
    return factory_generate_ids(1)()


def generator_random_int32():
    import random
    while True:
        yield random.randint(0, 2147483647)


def factory_generate_text(legal_characters=string.ascii_letters, min_length=8, max_length=8):
    import random

    def texts():
        while True:
            yield ''.join(random.choice(legal_characters) for _ in range(random.randint(min_length, max_length)))
    return texts


def factory_fixed_sequence(values):
    def sequence():
        while True:
            for value in list(values):
                yield value
    return sequence


def factory_choice_generator(values):
    import random

    def choices():
        while True:
            yield random.choice(list(values))
    return choices


def factory_env_variable(env_variable):
    def variable():
        while True:
            yield os.environ.get(env_variable)
    return variable


def factory_env_string(env_string):
    def text():
        while True:
            yield os.path.expandvars(env_string)
    return text


def parse_generator(configuration):
    configuration = lowercase_keys(flatten_dictionaries(configuration))
    kind = str(configuration.get('type')).lower()
    if kind == 'number_sequence':
        return factory_generate_ids(int(configuration.get('start') or 1), int(configuration.get('increment') or 1))()
    if kind == 'random_int':
        return generator_random_int32()
    if kind in ('fixed_sequence', 'choice'):
        make = factory_fixed_sequence if kind == 'fixed_sequence' else factory_choice_generator
        return make(configuration['values'])()
    if kind == 'env_variable':
        return factory_env_variable(configuration['variable_name'])()
    if kind == 'env_string':
        return factory_env_string(configuration['string'])()
    if kind in GENERATOR_PARSING:
        return GENERATOR_PARSING[kind](configuration)
    raise ValueError('Generator type given {0} is not valid '.format(kind))


FAILURES = dict(
    FAILURE_INVALID_RESPONSE='Invalid HTTP Response Code', FAILURE_CURL_EXCEPTION='Curl Exception',
    FAILURE_TEST_EXCEPTION='Test Execution Exception', FAILURE_VALIDATOR_FAILED='Validator Failed',
    FAILURE_VALIDATOR_EXCEPTION='Validator Exception', FAILURE_EXTRACTOR_EXCEPTION='Extractor Exception')


class Failure(object):
    message = failure_type = details = validator = None

    def __init__(self, message='', details='', failure_type=None, validator=None):
        self.message, self.details, self.failure_type, self.validator = message, details, failure_type, validator

    def __bool__(self):
        return False

    __nonzero__ = __bool__

    def __str__(self):
        return self.message


class AbstractExtractor(object):
    extractor_type = query = args = None
    is_templated = is_body_extractor = is_header_extractor = False

    def __str__(self):
        return 'Extractor type: {0}, query: {1}, is_templated: {2}, args: {3}'.format(
            self.extractor_type, self.query, self.is_templated, self.args)

    def extract_internal(self, query=None, body=None, headers=None, args=None):
        pass

    def extract(self, body=None, headers=None, context=None):
        query = self.templated_query(context=context)
        return self.extract_internal(query=query, body=body, headers=headers, args=self.args)

    def templated_query(self, context=None):
        if context and self.is_templated:
            return string.Template(self.query).safe_substitute(context.get_values())
        return self.query

    def get_readable_config(self, context=None):
        text = 'Extractor Type: {0},  Query: "{1}", Templated?: {2}'.format(
            self.extractor_type, self.templated_query(context=context), self.is_templated)
        return text + (', Args: ' + str(self.args) if self.args else '')

    @classmethod
    def configure_base(cls, config, extractor_base):
        if isinstance(config, dict):
            if 'template' not in config:
                raise ValueError('Cannot define a dictionary config for abstract extractor without template key')
            extractor_base.query, extractor_base.is_templated = config['template'], True
        elif isinstance(config, basestring):
            extractor_base.query, extractor_base.is_templated = config, False
        else:
            raise TypeError('Base extractor must have a string or {template: querystring} configuration node!')
        return extractor_base


class MiniJsonExtractor(AbstractExtractor):
    extractor_type, is_body_extractor = 'jsonpath_mini', True

    def extract_internal(self, query=None, args=None, body=None, headers=None):
        try:
            return self.query_dictionary(query, json.loads(body))
        except ValueError:
            raise ValueError('Not legal JSON!')

    @staticmethod
    def query_dictionary(query, dictionary, delimiter='.'):
        for part in filter(None, [query.strip(delimiter)]):
            try:
                for key in part.split(delimiter):
                    dictionary = dictionary[int(key) if re.match(r'[+-]?\d+$', key) else key]
            except Exception:
                return None
        return dictionary

    @classmethod
    def parse(cls, config):
        return cls.configure_base(config, cls())


class HeaderExtractor(AbstractExtractor):
    extractor_type, is_header_extractor = 'header', True

    def extract_internal(self, query=None, args=None, body=None, headers=None):
        found = [value for name, value in headers if name == query.lower()]
        if not found:
            raise ValueError('Invalid header name {0}'.format(query))
        return found[0] if len(found) == 1 else found

    @classmethod
    def parse(cls, config, extractor_base=None):
        return cls.configure_base(config, cls())


class RawBodyExtractor(AbstractExtractor):
    extractor_type, is_body_extractor = 'raw_body', True

    def extract_internal(self, query=None, args=None, body=None, headers=None):
        return body

    @classmethod
    def parse(cls, config, extractor_base=None):
        return cls()


def safe_length(var):
    try:
        return len(var)
    except Exception:
        return -1


def regex_compare(input, regex):
    return bool(re.search(regex, input))


NUMBERS = (int, float)
TYPES = {
    'null': type(None), 'none': type(None), 'number': NUMBERS, 'int': int, 'float': float, 'boolean': bool,
    'string': basestring, 'array': list, 'list': list, 'dict': dict, 'map': dict,
    'scalar': (bool, int, float, basestring, type(None)), 'collection': (list, dict, set)}


def test_type(val, mytype):
    if mytype.lower() not in TYPES:
        raise TypeError('Type {0} is not a valid type to test against!'.format(mytype.lower()))
    return isinstance(val, TYPES[mytype.lower()])


COMPARATORS = {
    'count_eq': lambda x, y: safe_length(x) == y, 'length_eq': lambda x, y: safe_length(x) == y,
    'lt': operator.lt, 'less_than': operator.lt, 'le': operator.le, 'less_than_or_equal': operator.le,
    'eq': operator.eq, 'equals': operator.eq, 'str_eq': lambda x, y: str(x) == str(y),
    'ne': operator.ne, 'not_equals': operator.ne, 'ge': operator.ge, 'greater_than_or_equal': operator.ge,
    'gt': operator.gt, 'greater_than': operator.gt, 'contains': lambda x, y: x and y in x,
    'contained_by': lambda x, y: y and x in y, 'regex': lambda x, y: regex_compare(str(x), str(y)),
    'type': test_type}
VALIDATOR_TESTS = {'exists': lambda x: x is not None, 'not_exists': lambda x: x is None}
EXTRACTORS = {
    'jsonpath_mini': MiniJsonExtractor.parse, 'header': HeaderExtractor.parse, 'raw_body': RawBodyExtractor.parse}
VALIDATORS = {}


def _get_extractor(config_dict):
    for key, value in config_dict.items():
        if key in EXTRACTORS:
            return parse_extractor(key, value)
    raise Exception('No valid extractor name to use in input: {0}'.format(config_dict))


def parse_extractor(extractor_type, config):
    parse = EXTRACTORS.get(extractor_type.lower()) or EXTRACTORS.get(extractor_type)
    if not parse:
        raise ValueError('Extractor {0} is not a valid extractor type'.format(extractor_type))
    parsed = parse(config)
    if not hasattr(parsed, 'extract'):
        raise TypeError('Parsing functions for extractors must return an AbstractExtractor instance!')
    return parsed


def parse_validator(name, config_node):
    if name.lower() not in VALIDATORS:
        raise ValueError('Name {0} is not a named validator type!'.format(name))
    valid = VALIDATORS[name.lower()](config_node)
    if valid.name is None:
        valid.name = name.lower()
    if valid.config is None:
        valid.config = config_node
    return valid


class AbstractValidator(object):
    name = config = None

    def validate(self, body=None, headers=None, context=None):
        pass


class ComparatorValidator(AbstractValidator):
    name, config, extractor, comparator, comparator_name = 'ComparatorValidator', None, None, None, ''
    expected, isTemplateExpected = None, False

    def get_readable_config(self, context=None):
        text = 'Extractor: ' + self.extractor.get_readable_config(context=context)
        if isinstance(self.expected, AbstractExtractor):
            text += os.linesep + 'Expected value extractor: ' + self.expected.get_readable_config(context=context)
        elif self.isTemplateExpected:
            text += os.linesep + 'Expected is templated, raw value: {0}'.format(self.expected)
        return text

    def validate(self, body=None, headers=None, context=None):
        failed = lambda message, kind, details: Failure(message, details, FAILURES[kind], self)
        place = 'Extractor'
        try:
            got = self.extractor.extract(body=body, headers=headers, context=context)
            place, expected = 'Expected value extractor', self.expected
            if isinstance(expected, AbstractExtractor):
                expected = expected.extract(body=body, headers=headers, context=context)
        except Exception:
            return failed(place + ' threw exception', 'FAILURE_EXTRACTOR_EXCEPTION', traceback.format_exc())
        if self.isTemplateExpected and context:
            expected = string.Template(expected).safe_substitute(context.get_values())
        if isinstance(got, bytes) and isinstance(expected, str):
            expected = expected.encode('utf-8')
        if self.comparator(got, expected):
            return True
        return failed('Comparison failed, evaluating {0}({1}, {2}) returned False'.format(
            self.comparator_name, got, expected), 'FAILURE_VALIDATOR_FAILED', self.get_readable_config(context=context))

    @classmethod
    def parse(cls, config):
        output = cls()
        output.config = config = lowercase_keys(flatten_dictionaries(config))
        output.extractor = _get_extractor(config)
        output.comparator_name = config.get('comparator', 'eq').lower()
        output.comparator = COMPARATORS[output.comparator_name]
        if 'expected' not in config:
            raise ValueError('No expected value found in comparator validator config, one must be!')
        expected = config['expected']
        if isinstance(expected, dict):
            expected = lowercase_keys(expected)
            output.isTemplateExpected = bool(expected.get('template'))
            expected = expected['template'] if output.isTemplateExpected else _get_extractor(expected)
        output.expected = expected
        return output


class ExtractTestValidator(AbstractValidator):
    name, extractor, test_fn, test_name, config = 'ExtractTestValidator', None, None, None, None

    def get_readable_config(self, context=None):
        return 'Extractor: ' + self.extractor.get_readable_config(context=context)

    def validate(self, body=None, headers=None, context=None):
        try:
            got = self.extractor.extract(body=body, headers=headers, context=context)
        except Exception:
            return Failure('Exception thrown while running extraction from body', traceback.format_exc(),
                           FAILURES['FAILURE_EXTRACTOR_EXCEPTION'], self)
        if self.test_fn(got):
            return True
        return Failure('Extract and test validator failed on test: {0}({1})'.format(self.test_name, got),
                       self.get_readable_config(context=context), FAILURES['FAILURE_VALIDATOR_FAILED'], self)

    @classmethod
    def parse(cls, config):
        output = cls()
        output.config = config = lowercase_keys(flatten_dictionaries(config))
        output.extractor, output.test_name = _get_extractor(config), config['test']
        # Not one of the class: a function there would become a method.
        output.test_fn = VALIDATOR_TESTS[output.test_name]
        return output


VALIDATORS.update(dict.fromkeys(['comparator', 'compare', 'assertequal'], ComparatorValidator.parse),
                  **dict.fromkeys(['extract_test', 'asserttrue'], ExtractTestValidator.parse))

class TestConfig(object):
    timeout, retries = 10, 0
    print_bodies = print_headers = test_parallel = interactive = verbose = ssl_insecure = skip_term_colors = False
    variable_binds = generators = None


class TestSet(object):
    def __init__(self):
        self.config, self.tests, self.benchmarks = TestConfig(), [], []


class TestResponse(object):
    test = response_code = body = response_headers = None
    passed = False

    def __init__(self):
        self.failures = []


class BenchmarkResult(object):
    group, name, failures = None, 'unnamed', 0

    def __init__(self):
        self.results, self.aggregates = [], []


class MacroCallbacks(object):
    def start_macro(self, input):
        pass

    end_macro = pre_request = post_request = log_status = log_intermediate = start_macro


# What modules have brought: the kind as resttest has it, to a table of names.
BROUGHT = {kind: {} for kind in ('validators', 'tests', 'comparators', 'extractors', 'generators')}


def keep(table, name, function, kind):
    if not callable(function):
        raise TypeError('"{0}" is no function: {1!r}'.format(name, function))
    if name in BROUGHT[kind]:
        raise ValueError('there is one of the {0} named {1} already'.format(kind, name))
    table[name] = BROUGHT[kind][name] = function


def register_validator(name, parse_function):
    keep(VALIDATORS, name.lower(), parse_function, 'validators')


def register_extractor(extractor_name, parse_function):
    if not isinstance(extractor_name, basestring):
        raise TypeError('Cannot register a non-string extractor name')
    if extractor_name.lower() in ('comparator', 'test', 'expected'):
        raise ValueError("Cannot register extractors called '{0}', that is a reserved name".format(extractor_name))
    keep(EXTRACTORS, extractor_name, parse_function, 'extractors')


def register_test(test_name, test_function):
    if not isinstance(test_name, basestring):
        raise TypeError('Cannot register a non-string test name')
    keep(VALIDATOR_TESTS, test_name, test_function, 'tests')


def register_comparator(comparator_name, comparator_function):
    if not isinstance(comparator_name, basestring):
        raise TypeError('Cannot register a non-string comparator name')
    keep(COMPARATORS, comparator_name, comparator_function, 'comparators')


REGISTRIES = [('VALIDATORS', register_validator), ('VALIDATOR_TESTS', register_test),
              ('COMPARATORS', register_comparator), ('EXTRACTORS', register_extractor),
              ('GENERATORS', register_generator)]


def stand_in_all():
    # What is installed beside: pyresttest.ext is found there, and takes what it needs from here.
    found = importlib.machinery.PathFinder.find_spec('pyresttest')
    stand_in('pyresttest', [], __path__=list(found.submodule_search_locations or []) if found else [])
    stand_in('pyresttest.binding', [Context], logging=logging, types=types)
    parsing = stand_in('pyresttest.parsing', [
        encode_unicode_bytes, safe_substitute_unicode_template, safe_to_json, flatten_dictionaries, lowercase_keys,
        safe_to_bool], string=string, sys=sys, basestring=basestring, PYTHON_MAJOR_VERSION=3)
    with_text = dict(text_type=str, binary_type=bytes)
    moves = dict(range=range, xrange=range, zip=zip, map=map, filter=filter, input=input, builtins=builtins)
    six = stand_in('pyresttest.six', [], PY2=False, PY3=True, string_types=(str,), integer_types=(int,),
                   class_types=(type,), **with_text)
    six.__path__ = []
    stand_in('pyresttest.six.moves', [], **moves)
    for name in ('keys', 'values', 'items'):
        setattr(six, 'iter' + name, lambda d, name=name, **kw: iter(getattr(d, name)(**kw)))
    six.u = lambda text: text
    six.b = lambda text: text.encode('latin-1')
    six.next = six.advance_iterator = next
    six.with_metaclass = lambda meta, *bases: meta('with_metaclass', bases or (object,), {})
    stand_in('pyresttest.contenthandling', [ContentHandler, flatten_dictionaries, lowercase_keys], parsing=parsing)
    sets = {name: getattr(string, name) for name in (
        'ascii_letters', 'ascii_lowercase', 'ascii_uppercase', 'digits', 'hexdigits', 'octdigits', 'punctuation',
        'printable', 'whitespace')}
    stand_in('pyresttest.generators', [
        register_generator, parse_generator, factory_generate_ids, generator_basic_ids, generator_random_int32,
        factory_generate_text, factory_fixed_sequence, factory_choice_generator, factory_env_variable,
        factory_env_string, flatten_dictionaries, lowercase_keys, safe_to_bool], parsing=parsing,
        CHARACTER_SETS=dict(sets, alphanumeric=string.ascii_letters + string.digits), INT32_MAX_VALUE=2147483647,
        GENERATOR_TYPES=GENERATOR_TYPES, GENERATOR_PARSING=GENERATOR_PARSING)
    stand_in('pyresttest.validators', [
        Failure, AbstractExtractor, MiniJsonExtractor, HeaderExtractor, RawBodyExtractor, AbstractValidator,
        ComparatorValidator, ExtractTestValidator, safe_length, regex_compare, test_type, _get_extractor,
        parse_extractor, parse_validator, register_validator, register_extractor, register_test, register_comparator],
        parsing=parsing, six=six, json=json, ValidationFailure=Failure, logging=logging, operator=operator, traceback=traceback, string=string,
        os=os, re=re, sys=sys, basestring=basestring, long=int, COMPARATORS=COMPARATORS, TYPES=TYPES,
        VALIDATOR_TESTS=VALIDATOR_TESTS, EXTRACTORS=EXTRACTORS, VALIDATORS=VALIDATORS, PYTHON_MAJOR_VERSION=3,
        logger=logging.getLogger('pyresttest.validators'), **dict(FAILURES, **with_text))
    stand_in('pyresttest.macros', [TestConfig, TestSet, TestResponse, BenchmarkResult, MacroCallbacks],
             parse_generator=parse_generator, flatten_dictionaries=flatten_dictionaries,
             lowercase_keys=lowercase_keys, safe_to_bool=safe_to_bool, safe_to_json=safe_to_json, sys=sys,
             DEFAULT_TIMEOUT=10, HEADER_ENCODING='ISO-8859-1')
    try:
        import past.builtins
    except Exception:
        stand_in('past', [], __path__=[])
        stand_in('past.builtins', [], basestring=basestring, long=int, unicode=str, xrange=range, raw_input=input,
                 unichr=chr, str=str)
    # Modules of Python 2 know these without asking.
    for name, value in (('basestring', basestring), ('long', int), ('xrange', range)):
        if not hasattr(builtins, name):
            setattr(builtins, name, value)


def load(modules):
    for name in filter(None, map(str.strip, modules.split(';'))):
        place = ''
        try:
            before = sum(map(len, BROUGHT.values()))
            module = __import__(name, globals(), locals(), [name.rpartition('.')[0]])
            for registry, register in REGISTRIES:
                place = 'its {0}: '.format(registry)
                names = getattr(module, registry, {})
                if not hasattr(names, 'items'):
                    raise TypeError('it must be a dictionary of names and functions, not {0!r}'.format(names))
                for key, function in names.items():
                    if not isinstance(key, str):
                        raise TypeError('the name {0!r} is no text'.format(key))
                    register(key, function)
            place = ''
            if sum(map(len, BROUGHT.values())) == before:
                raise ImportError('nothing is in its ' + ', '.join(registry for registry, _ in REGISTRIES))
        except BaseException as error:
            traceback.print_exc()
            return 'module {0} cannot be imported: {1}{2}'.format(name, place, told(error))


def told(error):
    return '{0}: {1}'.format(type(error).__name__, error)


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode('utf-8')
        except UnicodeDecodeError:
            return value.decode('latin-1')
    if isinstance(value, (set, frozenset)) or hasattr(value, '__next__') or isinstance(value, type({}.keys())):
        return list(value)
    return str(value)


def body_of(response):
    if 'body_base64' in response:
        return Body(base64.b64decode(response['body_base64']))
    return Body(response['body'].encode('utf-8'))


# Of each place in a suite: what its parse function has made.
made = {}


def at(asked, parse, *given):
    if asked['place'] not in made:
        made[asked['place']] = parse(*given)
    return made[asked['place']]


def compared(asked, name):
    value = asked[name]
    return Body(value.encode('utf-8')) if asked.get('bytes') else value


KEPT = (str, bytes, bool, int, float, list, dict, type(None))


def generator_at(asked):
    made = at(asked, BROUGHT['generators'][asked['generate']], asked['config'])
    if not hasattr(made, '__next__'):
        raise TypeError('its function must return a generator, not {0!r}'.format(made))
    return made


def extractor_at(asked):
    return at(asked, parse_extractor, asked['extract'], asked['argument'])


def validator_at(asked):
    return at(asked, parse_validator, asked['validate'], asked['config'])


def answer(asked):
    if asked.get('prepare'):
        for kind, make in (('generate', generator_at), ('extract', extractor_at), ('validate', validator_at)):
            if kind in asked:
                make(asked)
        return {}
    if 'generate' in asked:
        value = next(generator_at(asked))
        # Templates have the text that Python makes of it.
        return {'value': value if isinstance(value, KEPT) else str(value)}
    if 'compare' in asked:
        left, right = compared(asked, 'left'), asked['right']
        if isinstance(left, bytes) and isinstance(right, str):
            right = right.encode('utf-8')
        return {'holds': bool(BROUGHT['comparators'][asked['compare']](left, right))}
    if 'test' in asked:
        return {'holds': bool(BROUGHT['tests'][asked['test']](compared(asked, 'value')))}
    context = Context()
    context.variables = asked.get('variables', {})
    response = asked['response']
    given = dict(body=body_of(response), headers=[tuple(pair) for pair in response['headers']], context=context)
    if 'extract' in asked:
        reply = {'value': extractor_at(asked).extract(**given)}
    else:
        verdict = validator_at(asked).validate(**given)
        reply = {'holds': bool(verdict)}
        if not verdict:
            reply.update((key, str(getattr(verdict, key))) for key in ('message', 'details') if getattr(verdict, key, None))
    if context.bound:
        reply['variables'] = context.bound
    return reply


encode = json.JSONEncoder(default=plain).encode


def say(what):
    answers.write(encode(what).encode('utf-8') + b'\n')
    answers.flush()


def serve():
    lines.readline()
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    stand_in_all()
    wrong = load(MODULES)
    if wrong:
        return say({'error': wrong})
    brought = {kind: list(names) for kind, names in BROUGHT.items()}
    say(dict(brought, version=1, name='import_extensions', context=True, prepare=True))
    for line in lines:
        asked = json.loads(line)
        try:
            reply = answer(asked)
            reply['id'] = asked['id']
            say(reply)
        except StopIteration:
            say({'id': asked['id'], 'error': 'the generator has ended'})
        except BaseException as error:
            traceback.print_exc()
            say({'id': asked['id'], 'error': told(error)})


serve()
