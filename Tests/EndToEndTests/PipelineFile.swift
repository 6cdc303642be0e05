import FoundationEssentials
import Testing

@testable import understudy

/// A CI system's file of `examples/ci`, taken apart into what its runner hands to a shell.
struct PipelineFile: Decodable {
    /// A job of GitLab's, a stage of Jenkins'.
    struct Job: Decodable {
        let name: String
        /// GitLab runs all of them in one shell that ends at the first failure, Jenkins each in one of its own.
        let steps: [String]
        /// Run whatever became of the steps.
        let after: [String]
    }

    /// Which system's.
    enum Kind: String {
        case gitlab = "gitlab-ci.yml"
        case jenkins = "Jenkinsfile"
    }

    let variables: [String: String]
    let jobs: [Job]

    /// Reads the file with Python, whose YAML is the one that people check their files with.
    static func read(_ kind: Kind, on stage: Stage) async throws -> PipelineFile {
        let file = folder.appending(path: kind.rawValue).path
        let program = "\(stage.demo.directory)/read-pipeline.py"
        let text = kind == .gitlab ? gitlab : jenkins
        try Data(text.utf8).write(to: URL(filePath: program))
        let output = try await stage.demo.shell("/usr/bin/python3 '\(program)' '\(file)'")
        return try JSONDecoder().decode(PipelineFile.self, from: Data(output.utf8))
    }

    /// Where they are.
    static var folder: URL { Stage.sources.appending(path: "examples/ci") }

    private static let gitlab = """
        import json, sys, yaml
        file = yaml.safe_load(open(sys.argv[1]))
        variables = file.pop('variables')
        stages = file.pop('stages')
        assert all(job['stage'] in stages for job in file.values())
        jobs = [{'name': name, 'steps': job['script'], 'after': job.get('after_script', [])} for name, job in file.items()]
        print(json.dumps({'variables': variables, 'jobs': jobs}))
        """

    /// Groovy has no reader here: what is not one of the four forms that the file uses fails an assertion.
    private static let jenkins = """
        import json, re, sys
        text = re.sub(r'^ *//.*$|(?<= )// .*$', '', open(sys.argv[1]).read(), flags=re.M)
        assert text.count('{') == text.count('}')
        step = re.compile(r"sh '''(.*?)'''|sh '([^']*)'", re.S)
        def steps(block):
            return [(long or short).replace('\\\\\\\\', '\\\\') for long, short in step.findall(block)]
        head, *stages = re.split(r"stage\\('([^']+)'\\)", text)
        variables = dict(re.findall(r"^ *([A-Z_]+) = '([^']*)'$", head, flags=re.M))
        jobs = []
        for name, body in zip(stages[::2], stages[1::2]):
            before, _, after = body.partition('post {')
            assert before.count('sh ') == len(steps(before))
            assert not after or 'always {' in after
            jobs.append({'name': name, 'steps': steps(before), 'after': steps(after)})
        assert jobs and all(job['steps'] for job in jobs)
        print(json.dumps({'variables': variables, 'jobs': jobs}))
        """
}
